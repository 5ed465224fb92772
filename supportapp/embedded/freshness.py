"""Is a database prepared already? Then a start needn't ask Django, which takes seconds."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from supportapp.embedded import places

ARTICLES = places.PROJECT / "knowledge"


@dataclass(frozen=True)
class Freshness:
    """What a database was prepared with: kept as the database's comment, so both go together."""

    articles: str = ""
    code: str = ""
    migrations: str = ""

    @classmethod
    def remembered(cls, database_url: str) -> Self:
        """Read what the last preparation left."""
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
                " WHERE datname = current_database()"
            ).fetchone()
        try:
            return cls(**json.loads(row[0] if row and row[0] else "{}"))
        except (ValueError, TypeError):
            return cls()  # somebody else's comment

    @classmethod
    def now(cls, database_url: str) -> Self:
        """Look at the articles, the code, the packages and the database."""
        modules = places.PROJECT.glob("supportapp/**/*.py")
        packages = places.PROJECT / "requirements" / "base.txt"
        return cls(
            articles=fingerprint(ARTICLES),
            code=_hash([*modules, packages], places.PROJECT),
            migrations=_applied(database_url),
        )

    def save(self, database_url: str) -> None:
        """Remember it."""
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(connection.info.dbname), sql.Literal(json.dumps(asdict(self)))
                )
            )


def fingerprint(folder: Path) -> str:
    """Return a hash of all names and contents, or "" where there is nothing."""
    return _hash((path for path in folder.rglob("*") if path.is_file()), folder)


def is_empty(database_url: str) -> bool:
    """Say whether the database has no tables of ours yet."""
    return not _applied(database_url)


def _hash(files: Iterable[Path], base: Path) -> str:
    digest, anything = hashlib.sha256(), False
    for path in sorted(files):
        content, anything = path.read_bytes(), True
        digest.update(f"{path.relative_to(base)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest() if anything else ""


def _applied(database_url: str) -> str:
    """Return which migrations the database has seen, in short."""
    with psycopg.connect(database_url, connect_timeout=10) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
        if row is None or row[0]:
            return ""
        seen = connection.execute("SELECT count(*), max(applied) FROM django_migrations").fetchone()
    return f"{seen[0]} until {seen[1]}" if seen else ""

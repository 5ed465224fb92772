"""The benchmark's own servers and databases, apart from the product's; one database per size.

They live in a folder of their own, by default `.data/scale`, and stay there, so that a run that
was stopped goes on where it was. `python -m bench.scale clean` removes them.
"""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
from psycopg import sql

PROJECT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Return the folder of servers, vectors and results."""
    return Path(os.environ.get("SCALE_DIR") or PROJECT / ".data" / "scale").resolve()


def environment(size: int) -> dict[str, str]:
    """Return what a process needs to work on the database of this size, which is made if need be.

    The servers run for as long as the calling process lives.
    """
    from supportapp import embedded

    data = folder()
    data.mkdir(parents=True, exist_ok=True)
    addresses = embedded.ensure(data)
    name = f"scale_{size}"
    with psycopg.connect(addresses.database_url, autocommit=True) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone() is None:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base = addresses.database_url.rpartition("/")[0]
    return {
        "SUPPORTAPP_ENV": "test",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"{base}/{name}",
        "REDIS_URL": addresses.redis_url,
        "DJANGO_SETTINGS_MODULE": "supportapp.settings",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(PROJECT),
    }

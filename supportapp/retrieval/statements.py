"""Run the statements that every search runs: planned once a connection, answered in binary.

Django sends a statement with its values written into it, so that the database reads and plans it
anew each time; for these that takes longer than some of them take to run. Behind a connection
pooler that can't keep prepared statements, DATABASE_PREPARED=0 has them sent whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, values: Mapping[str, Any] = MappingProxyType({})) -> list[tuple[Any, ...]]:
    """Return what the statement finds; values are named in it as %(name)s."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        # The text is put together from names of our tables alone.
        return cursor.execute(statement.encode(), values, prepare=True, binary=True).fetchall()

"""The views in Postgres, the role that may read them and nothing else, and queries run as it."""

from __future__ import annotations

import hashlib
import logging
import re
import time
from dataclasses import dataclass
from typing import Any

from django.db import (
    DatabaseError,
    DataError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.db.backends.utils import CursorWrapper

from supportapp.insight.catalogue import SCHEMA, VIEWS, View
from supportapp.insight.checking import Checked

logger = logging.getLogger(__name__)
ROLE = "supportapp_insight"
SECONDS = 3
ROWS = 1000
LONGEST_CELL = 2000


class QueryFailed(Exception):
    """Postgres wouldn't run it; the message is for the staff member who asked."""


@dataclass(frozen=True, slots=True)
class Table:
    """What came of a query."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool
    milliseconds: float


def run(checked: Checked, *, is_ours: bool = False) -> Table:
    """Run a checked query: read-only, for seconds at most, as a role that sees the views alone.

    Without that role only our own queries run: what others write shouldn't rest on its check alone.
    """
    began = time.perf_counter()
    if not (is_ours or has_role()):
        logger.error("insight.role_missing")
        raise QueryFailed(
            f"The database role {ROLE} is missing, so only the prepared questions can be asked."
            " An administrator makes it: see “Ask your data” in docs/operations.md."
        )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
            if has_role():
                cursor.execute(f"SET LOCAL ROLE {ROLE}")
            cursor.execute(_limited(checked.sql))
            columns = tuple(each.name for each in cursor.description or ())
            rows = cursor.fetchall()
            # Rolled back in any case, which also gives up the role and the limits.
            transaction.set_rollback(True)
    except DatabaseError as error:
        raise QueryFailed(_said(error)) from None
    spent = (time.perf_counter() - began) * 1000
    shown = tuple(tuple(_cell(each) for each in row) for row in rows[:ROWS])
    return Table(columns, shown, len(rows) > ROWS, round(spent, 1))


def has_role() -> bool:
    """Say whether the role is there and ours to take; without it, the checks stand alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s"
            " AND pg_has_role(current_user, oid, 'MEMBER'))",
            [ROLE],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def ensure_views(using: str) -> None:
    """Make the views where they are missing or others, and let the role read them.

    Where only some of the tables are there yet, the next whole `migrate` makes the views.
    """
    try:
        _make_views(using)
    except ProgrammingError:
        logger.warning("insight.views_missing")


def _make_views(using: str) -> None:
    with transaction.atomic(using), connections[using].cursor() as cursor:
        wanted = _fingerprint()
        cursor.execute(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
            [SCHEMA],
        )
        row = cursor.fetchone()
        if row is None or row[0] != wanted:
            cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            cursor.execute(f"CREATE SCHEMA {SCHEMA}")
            for view in VIEWS:
                cursor.execute(_creating(view))
            cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{wanted}'")
        _grant(cursor)


def drop_views(using: str) -> None:
    """Take the views away, so that tables may change."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def _grant(cursor: CursorWrapper) -> None:
    """Let the role read. It is made by an administrator: the application's own role may not."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    if cursor.fetchone() is None:
        return
    cursor.execute("SELECT has_table_privilege(%s, %s, 'SELECT')", [ROLE, f"{SCHEMA}.turns"])
    row = cursor.fetchone()
    if not (row and row[0]):
        cursor.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ROLE}")


def _creating(view: View) -> str:
    # What a view leaves out of texts mustn't be looked at first by what a query asks of them.
    barrier = " WITH (security_barrier)" if view.holds_text else ""
    return f"CREATE VIEW {SCHEMA}.{view.name}{barrier} AS {view.query}"


def _fingerprint() -> str:
    text = "\n".join(_creating(view) for view in VIEWS)
    return hashlib.sha256(text.encode()).hexdigest()


def _limited(sql: str) -> str:
    # Written anew from a checked tree, never the text that came in.
    return f"SELECT * FROM ({sql}) AS found LIMIT {ROWS + 1}"  # noqa: S608  # see above


def _cell(value: Any) -> Any:
    return value[:LONGEST_CELL] if isinstance(value, str) else value


def _said(error: DatabaseError) -> str:
    cause = error.__cause__
    first = str(getattr(getattr(cause, "diag", None), "message_primary", "") or error)
    if isinstance(error, DataError):
        # It names the value that doesn't fit, and the audit keeps nothing that a customer wrote.
        first = re.sub(r'".*"', '"…"', first, flags=re.DOTALL)
    return first.splitlines()[0][:300]

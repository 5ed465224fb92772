"""What staff set in small tables, read again for a question only where one of their rows changed.

    _SWITCHES = Kept(_read, Rows("tools_toolswitch", by_workspace=True))

    with row_versions.one_question():
        ...                      # in here, _SWITCHES.of(workspace.pk) asks the database once

A question needs a dozen such tables. Postgres numbers every version of a row by the transaction
that wrote it; one statement brings these numbers for all tables that were declared, and a value is
kept for as long as they stay as they were. They are read before the value, so what is kept under
them is never older than they are: a switch holds for the next question, in every process, whoever
wrote it. Outside of a question everything is read afresh.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection
from django.db.models import Model

MOST_KEPT = 256
T = TypeVar("T")
Versions = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table, all of it or one workspace's rows."""

    table: str
    by_workspace: bool = False

    @classmethod
    def of(cls, model: type[Model], *, by_workspace: bool = False) -> Rows:
        """Return a model's rows."""
        return cls(model._meta.db_table, by_workspace)

    def sql(self) -> str:
        """Return an expression that changes with every change of these rows.

        Not the newest number alone: transactions end in another order than they begin.
        """
        mine = " WHERE workspace_id = %(workspace)s" if self.by_workspace else ""
        return (
            "(SELECT string_agg(ctid::text || xmin::text, '' ORDER BY ctid)"  # noqa: S608  (ours)
            f" FROM {self.table}{mine})"
        )


_declared: dict[str, Rows] = {}
_seen: ContextVar[dict[int | None, Versions] | None] = ContextVar("row_versions", default=None)


@contextmanager
def one_question() -> Iterator[None]:
    """Let what is read in here, and in the threads that it uses, be read once."""
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


class Kept(Generic[T]):
    """A value that is made of some tables' rows. Each process keeps its own."""

    def __init__(self, read: Callable[..., T], *rows: Rows) -> None:
        self._read = read
        self._tables = tuple(each.table for each in rows)
        self._values: dict[Hashable, tuple[tuple[str, ...], T]] = {}
        self._lock = threading.Lock()
        _declared.update({each.table: each for each in rows})

    def of(self, *key: Hashable, workspace: int | None = None) -> T:
        """Return what is read for this key, now or when it was last different.

        The key is what the reading is called with. The workspace is the one whose rows count.
        """
        seen = _seen.get()
        if seen is None:
            return self._read(*key)
        versions = _versions(seen, workspace)
        mine = tuple(versions[table] for table in self._tables)
        known = self._values.get(key)
        if known is not None and known[0] == mine:
            return known[1]
        value = self._read(*key)
        with self._lock:
            if len(self._values) >= MOST_KEPT:
                self._values.clear()
            self._values[key] = (mine, value)
        return value


def _versions(seen: dict[int | None, Versions], workspace: int | None) -> Versions:
    """Return the versions as this question saw them first; any workspace's where none is meant."""
    known = seen.get(workspace)
    if known is None and workspace is None and seen:
        known = next(iter(seen.values()))
    if known is None:
        known = seen[workspace] = _look(workspace)
    return known


def _look(workspace: int | None) -> Versions:
    tables = list(_declared)
    columns = ", ".join(_declared[table].sql() for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", {"workspace": workspace})
        row = cursor.fetchone()
    assert row is not None
    return {table: version or "" for table, version in zip(tables, row, strict=True)}

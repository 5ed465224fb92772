"""This process's keyword indexes, loaded from the database and never behind it.

An index is loaded at its first use and remembers the generation that it has seen. A search
compares that with the workspace's generation, which arrives with the vectors, and applies exactly
the passages that it has missed before it answers.

Inside a transaction the index is private to it: what is rolled back must not stay in memory.
Snapshots that processes share belong here: `_load` is the only place that reads a whole workspace.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import QuerySet

from supportapp.knowledge import synonyms
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.synonyms import Group

_FIELDS = (
    "id", "article_id", "title", "headings", "text", "audience", "language", "subject", "aliases",
    "tags",
)  # fmt: skip
_STREAM = 2000
_BATCH = 5000

_shared: dict[int, WorkspaceIndex] = {}
_in_transaction: WeakKeyDictionary[object, dict[int, WorkspaceIndex]] = WeakKeyDictionary()
_loading = threading.Lock()


def of(workspace_id: int) -> WorkspaceIndex:
    """Return the workspace's index, loading it if this process has none."""
    indexes = _indexes()
    found = indexes.get(workspace_id)
    if found is not None and not found.wasteful:
        return found
    with _loading:
        found = indexes.get(workspace_id)
        if found is None or found.wasteful:
            found = indexes[workspace_id] = _load(workspace_id)
    return found


def catch_up(workspace_id: int, index: WorkspaceIndex, generation: int) -> WorkspaceIndex:
    """Bring the index to at least this generation; return the one to use from now on."""
    if generation < index.generation:  # the database was put back to an earlier state
        return reload(workspace_id)
    if generation > index.generation:
        seen = index.generation
        now = _generation(workspace_id)
        passages = Passage.objects.filter(workspace=workspace_id)
        removed = passages.filter(generation_removed__gt=seen).values_list("pk", flat=True)
        added = passages.filter(generation_added__gt=seen, generation_removed__isnull=True)
        index.use_synonyms(kept_synonyms(workspace_id))
        index.apply(_read(added), list(removed), now)
    return index


def reload(workspace_id: int) -> WorkspaceIndex:
    """Forget the index and load it afresh."""
    with _loading:
        found = _indexes()[workspace_id] = _load(workspace_id)
    return found


def forget() -> None:
    """Drop every index of this process."""
    _shared.clear()
    _in_transaction.clear()


def _indexes() -> dict[int, WorkspaceIndex]:
    if not connection.in_atomic_block:
        return _shared
    return _in_transaction.setdefault(connection.atomic_blocks[0], {})


def _load(workspace_id: int) -> WorkspaceIndex:
    # The generation is read first: what is published meanwhile may be read too, and once more
    # when the index catches up, which passes over what it knows.
    index = WorkspaceIndex(_generation(workspace_id))
    live = Passage.objects.filter(workspace=workspace_id, generation_removed__isnull=True)
    batch: list[IndexedPassage] = []
    for passage in _read(live):
        batch.append(passage)
        if len(batch) == _BATCH:
            index.apply(batch, (), index.generation)
            batch = []
    index.apply(batch, (), index.generation)
    index.use_synonyms(kept_synonyms(workspace_id))
    return index


def kept_synonyms(workspace_id: int) -> list[Group]:
    """Return the synonyms that a workspace's questions are widened by."""
    return [
        Group(tuple(kept.terms), kept.is_one_way, kept.language)
        for kept in synonyms.active(workspace_id)
    ]


def _read(passages: QuerySet[Passage]) -> Iterator[IndexedPassage]:
    rows = passages.order_by("pk").values_list(*_FIELDS).iterator(chunk_size=_STREAM)
    return (IndexedPassage(*row) for row in rows)


def _generation(workspace_id: int) -> int:
    found = Workspace.objects.filter(pk=workspace_id).values_list("generation", flat=True).first()
    return found or 0

"""This process's keyword indexes, loaded from the database and never behind it.

An index is loaded at its first use and remembers the generation that it has seen. A search
compares that with the workspace's generation, which arrives with the vectors, and applies exactly
the passages that it has missed before it answers.

Of a large workspace, processes share a snapshot, and each keeps only what changed since. The
first process that needs one makes it while others wait; later the worker makes newer ones, which
are picked up beside the searches that go on.

Inside a transaction the index is private to it: what is rolled back must not stay in memory.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from supportapp.knowledge import synonyms
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval import snapshots
from supportapp.retrieval.analysis import analyser
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.synonyms import Group

_FIELDS = (
    "id", "article_id", "title", "headings", "text", "audience", "language", "subject", "aliases",
    "tags",
)  # fmt: skip
_STREAM = 2000
_BATCH = 5000
# So many changes since the snapshot, or such a share of the passages, are worth a newer one.
MANY_CHANGES = 1000
MANY_CHANGES_SHARE = 0.02

_shared: dict[int, WorkspaceIndex] = {}
_in_transaction: WeakKeyDictionary[object, dict[int, WorkspaceIndex]] = WeakKeyDictionary()
_loading: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
_picking_up: set[int] = set()


def of(workspace_id: int) -> WorkspaceIndex:
    """Return the workspace's index, loading it if this process has none."""
    indexes = _indexes()
    found = indexes.get(workspace_id)
    if found is not None and not found.wasteful:
        return found
    with _loading[workspace_id]:
        found = indexes.get(workspace_id)
        if found is None:
            found = indexes[workspace_id] = _load(workspace_id)
        elif found.wasteful:
            found = indexes[workspace_id] = _compacted(workspace_id, found)
    return found


def catch_up(workspace_id: int, index: WorkspaceIndex, generation: int) -> WorkspaceIndex:
    """Bring the index to at least this generation; return the one to use from now on."""
    if generation < index.generation:
        # Another search may have caught up with more; else the database was put back.
        is_put_back = _generation(workspace_id) < index.generation
        return reload(workspace_id) if is_put_back else index
    if generation > index.generation:
        _apply_missed(workspace_id, index)
        if index.changes > MANY_CHANGES // 2 and not connection.in_atomic_block:
            _pick_up_beside(workspace_id, index)
    return index


def _apply_missed(workspace_id: int, index: WorkspaceIndex) -> None:
    seen, now = index.generation, _generation(workspace_id)
    passages = Passage.objects.filter(workspace=workspace_id)
    removed = passages.filter(generation_removed__gt=seen).values_list("pk", flat=True)
    added = passages.filter(generation_added__gt=seen, generation_removed__isnull=True)
    index.use_synonyms(kept_synonyms(workspace_id))
    index.apply(_read(added), list(removed), now)


def reload(workspace_id: int) -> WorkspaceIndex:
    """Forget the index and load it afresh."""
    with _loading[workspace_id]:
        found = _indexes()[workspace_id] = _load(workspace_id)
    return found


def renew_snapshot(workspace_id: int) -> bool:
    """Make a newer snapshot where enough changed since the last one; returns whether it did."""
    with snapshots.lock(workspace_id, wait=False) as is_ours:
        if not is_ours or not _is_snapshot_due(workspace_id):
            return False
        with _one_state():
            index = snapshots.find(workspace_id)
            if index is None:
                index = _read_all(workspace_id)
            else:
                _apply_missed(workspace_id, index)
            checksum = snapshots.digest(workspace_id, index.generation)
        return snapshots.keep(workspace_id, index, checksum) is not None


def _is_snapshot_due(workspace_id: int) -> bool:
    passages = Passage.objects.filter(workspace=workspace_id)
    live = passages.filter(generation_removed__isnull=True).count()
    if not snapshots.wanted(live):
        return False
    last = snapshots.newest_generation(workspace_id)
    changes = passages.filter(Q(generation_added__gt=last) | Q(generation_removed__gt=last))
    return not last or changes.count() > max(MANY_CHANGES, live * MANY_CHANGES_SHARE)


def pick_up(workspace_id: int) -> bool:
    """Rest this process's index on the newest snapshot; returns whether there was one."""
    fresh = snapshots.find(workspace_id)
    if fresh is None:
        return False
    _apply_missed(workspace_id, fresh)
    with _loading[workspace_id]:
        _shared[workspace_id] = fresh
    return True


def _pick_up_beside(workspace_id: int, index: WorkspaceIndex) -> None:
    """Where there is a newer snapshot, map it in a thread; questions don't wait for that."""
    if workspace_id in _picking_up or (
        snapshots.newest_generation(workspace_id) <= index.base_generation
    ):
        return

    def run() -> None:
        try:
            pick_up(workspace_id)
        finally:
            _picking_up.discard(workspace_id)
            connection.close()

    _picking_up.add(workspace_id)
    threading.Thread(target=run, name="pick-up-snapshot", daemon=True).start()


def forget() -> None:
    """Drop every index of this process."""
    _shared.clear()
    _in_transaction.clear()


def _indexes() -> dict[int, WorkspaceIndex]:
    if not connection.in_atomic_block:
        return _shared
    return _in_transaction.setdefault(connection.atomic_blocks[0], {})


def _load(workspace_id: int) -> WorkspaceIndex:
    index = snapshots.find(workspace_id)
    if index is None:
        index = _made(workspace_id)
    _apply_missed(workspace_id, index)
    return index


def _made(workspace_id: int) -> WorkspaceIndex:
    """Read the whole workspace; where it is large, keep a snapshot and rest on that."""
    live = Passage.objects.filter(workspace=workspace_id, generation_removed__isnull=True)
    if connection.in_atomic_block or not snapshots.wanted(live.count()):
        return _read_all(workspace_id)
    with snapshots.lock(workspace_id) as is_ours:
        found = snapshots.find(workspace_id)  # another process may have made it meanwhile
        if found is not None:
            return found
        with _one_state():
            index = _read_all(workspace_id)
            checksum = snapshots.digest(workspace_id, index.generation)
        stored = snapshots.keep(workspace_id, index, checksum) if is_ours else None
    # Every word of the articles was read; what questions need of that is little.
    analyser.cache_clear()
    return WorkspaceIndex(stored.generation, stored) if stored else index


@contextmanager
def _one_state() -> Iterator[None]:
    """Let all reading see the database as it was at one moment."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _compacted(workspace_id: int, index: WorkspaceIndex) -> WorkspaceIndex:
    """Return an index of what is left of one from which most was removed."""
    left = index.frozen({})
    fresh = WorkspaceIndex(left.generation, left)
    fresh.use_synonyms(kept_synonyms(workspace_id))
    return fresh


def _read_all(workspace_id: int) -> WorkspaceIndex:
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

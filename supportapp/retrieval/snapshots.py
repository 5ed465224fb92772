"""Snapshots of keyword indexes in DATA_DIR: where they lie, which one is right, how one is made.

A workspace's newest snapshot is what every process starts from. It is right for this code (its
name holds a checksum of it), and for this database: it says what the passages of its generation
were, and the database must say the same now. So neither a database that was put back nor another
one of the same name is answered for by it. One process makes a snapshot at a time; what it
replaces is deleted, and lives on where it is mapped.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import connection

from supportapp.retrieval import snapshot
from supportapp.retrieval.index import WorkspaceIndex
from supportapp.retrieval.snapshot import Snapshot, SnapshotRefused

logger = logging.getLogger(__name__)
SUFFIX = ".index"
# What another version of the code made may still be wanted while that is being replaced.
KEEP_OTHER_VERSIONS = 24 * 3600.0


@cache
def made_by() -> str:
    """Return a checksum of everything that decides what an index holds."""
    digest = hashlib.sha256(sys.byteorder.encode())
    digest.update(metadata.version("snowballstemmer").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def folder(workspace_id: int) -> Path:
    """Return where a workspace's snapshots lie, apart for each database."""
    known = connection.settings_dict
    database = f"{known['HOST']}:{known['PORT']}/{known['NAME']}"
    name = hashlib.sha256(database.encode()).hexdigest()[:12]
    return Path(settings.DATA_DIR) / "snapshots" / name / str(workspace_id)


def wanted(passages: int) -> bool:
    """Return whether a workspace of so many passages is worth a snapshot."""
    return passages >= settings.SNAPSHOT_PASSAGES > 0


def newest_generation(workspace_id: int) -> int:
    """Return the generation of the newest snapshot; 0 where there is none."""
    path = _newest(workspace_id)
    return _generation_of(path) if path else 0


def _generation_of(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _newest(workspace_id: int) -> Path | None:
    return max(folder(workspace_id).glob(f"*-{made_by()}{SUFFIX}"), default=None)


def find(workspace_id: int) -> WorkspaceIndex | None:
    """Return an index on the newest snapshot, as of its generation; none where none is right."""
    path = _newest(workspace_id)
    if path is None:
        return None
    began = time.perf_counter()
    try:
        stored = snapshot.read(path, {"workspace": str(workspace_id), "made by": made_by()})
        # The file was there before the database is asked, so it can't be ahead of it.
        if digest(workspace_id, stored.generation) != stored.label["digest"]:
            raise SnapshotRefused("the database holds other passages")
    except FileNotFoundError:
        return None  # replaced this moment; the caller waits for the lock and looks again
    except (SnapshotRefused, OSError) as error:
        _log("snapshot.refused", workspace_id, reason=str(error), file=path.name)
        return None
    index = WorkspaceIndex(stored.generation, stored)
    _log("snapshot.mapped", workspace_id, generation=stored.generation, **_took(began))
    return index


def digest(workspace_id: int, generation: int) -> str:
    """Return a checksum of the passages that were live at a generation; "" for one to come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(bit_xor(hashtextextended(concat_ws('|', id, article_id,"
            " content_hash, audience, language, subject, tags), 0)), 0),"
            " (SELECT generation >= %(generation)s FROM knowledge_workspace WHERE id = %(home)s)"
            " FROM knowledge_passage WHERE workspace_id = %(home)s"
            " AND generation_added <= %(generation)s"
            " AND (generation_removed IS NULL OR generation_removed > %(generation)s)",
            {"home": workspace_id, "generation": generation},
        )
        count, mixed, is_past = cursor.fetchone()
    return f"{count}:{mixed}" if is_past else ""


def keep(workspace_id: int, index: WorkspaceIndex, checksum: str) -> Snapshot | None:
    """Write the index as the newest snapshot; call it while holding the lock.

    `checksum` is the database's digest in the state that the index was read from. Returns what is
    now mapped; none, and a line in the log, where the disk refuses.
    """
    began = time.perf_counter()
    label = {"workspace": str(workspace_id), "made by": made_by(), "digest": checksum}
    made = index.frozen(label)
    path = folder(workspace_id) / f"{made.generation:015d}-{made_by()}{SUFFIX}"
    try:
        size = snapshot.write(path, made)
        stored = snapshot.read(path, label)
    except (OSError, SnapshotRefused) as error:
        _log("snapshot.not_kept", workspace_id, reason=str(error))
        return None
    _forget_older(path)
    _log(
        "snapshot.kept", workspace_id, generation=made.generation, passages=len(index), bytes=size,
        **_took(began),
    )  # fmt: skip
    return stored


def _forget_older(kept: Path) -> None:
    for path in kept.parent.iterdir():
        is_other_version = path.suffix == SUFFIX and made_by() not in path.name
        try:
            old = time.time() - path.stat().st_mtime > KEEP_OTHER_VERSIONS
            if path != kept and path.name != "lock" and (old or not is_other_version):
                path.unlink()
        except FileNotFoundError:
            continue


@contextmanager
def lock(workspace_id: int, *, wait: bool = True) -> Iterator[bool]:
    """Be the one process that makes this workspace's snapshot; yields whether we are.

    The kernel lets go of the lock when its holder dies. Where the folder can't be used, everybody
    goes on without a snapshot.
    """
    try:
        held = _locked(folder(workspace_id), wait)
    except OSError as error:
        _log("snapshot.no_folder", workspace_id, reason=error.strerror or "")
        held = None
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _locked(place: Path, wait: bool) -> int | None:
    for part in (place.parent.parent, place.parent, place):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _took(began: float) -> dict[str, int]:
    return {"milliseconds": round((time.perf_counter() - began) * 1000)}


def _log(event: str, workspace_id: int, **fields: object) -> None:
    level = logging.WARNING if "reason" in fields else logging.INFO
    logger.log(level, event, extra={"fields": {"workspace": workspace_id, **fields}})

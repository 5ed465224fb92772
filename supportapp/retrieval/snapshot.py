"""A keyword index in one file that processes map into memory and share.

The file says what it is: a mark, a header of JSON with its checksum, then arrays, each with its
place and checksum. What is truncated, damaged, of another form or by another version is refused.
It is written beside its place and renamed, so that nobody sees half of one; a file that is mapped
outlives its deletion.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MARK = b"supportapp keyword index 1\n"
_ALIGNED = 64
_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 28

Arrays = Mapping[str, NDArray[Any]]


class SnapshotRefused(Exception):
    """The file isn't a whole snapshot of the kind that is wanted; the message says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index's arrays, the names that its numbers stand for, and what the file says of itself."""

    generation: int
    arrays: Arrays
    names: Mapping[str, list[str]]
    label: Mapping[str, str]


def write(path: Path, snapshot: Snapshot) -> int:
    """Put the snapshot at `path`; returns its size. Raises OSError where that can't be done."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    arrays = {name: np.ascontiguousarray(array) for name, array in snapshot.arrays.items()}
    header = _header(snapshot, arrays)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(MARK)
            file.write(len(header).to_bytes(8, "little"))
            file.write(zlib.crc32(header).to_bytes(4, "little"))
            file.write(header)
            for array in arrays.values():
                file.write(b"\0" * (-file.tell() % _ALIGNED))
                file.write(_bytes(array))
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return size


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.data.cast("B") if array.size else memoryview(b"")


def _header(snapshot: Snapshot, arrays: Arrays) -> bytes:
    place = 0
    listed = {}
    for name, array in arrays.items():
        place += -place % _ALIGNED
        listed[name] = {
            "type": array.dtype.str,
            "length": len(array),
            "place": place,
            "crc": zlib.crc32(_bytes(array)),
        }
        place += array.nbytes
    header = {
        "generation": snapshot.generation,
        "names": dict(snapshot.names),
        "label": dict(snapshot.label),
        "arrays": listed,
        "bytes": place,
    }
    written = json.dumps(header).encode()
    # Arrays are placed from the header's end, which is padded to be aligned.
    return written + b" " * (-(len(MARK) + 12 + len(written)) % _ALIGNED)


def read(path: Path, label: Mapping[str, str] | None = None) -> Snapshot:
    """Map the snapshot at `path`, checked to the last byte.

    `label` holds what the file must say of itself. Raises SnapshotRefused, or OSError where there
    is no file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        header, start = _read_header(descriptor)
        _check(descriptor, header, start, label or {})
        mapped = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)
    arrays = {
        name: np.frombuffer(mapped, np.dtype(each["type"]), each["length"], start + each["place"])
        for name, each in header["arrays"].items()
    }
    return Snapshot(header["generation"], arrays, header["names"], header["label"])


def _read_header(descriptor: int) -> tuple[dict[str, Any], int]:
    fixed = len(MARK) + 12
    beginning = os.pread(descriptor, fixed, 0)
    if len(beginning) < fixed or not beginning.startswith(MARK):
        raise SnapshotRefused("it isn't a snapshot of this form")
    length = int.from_bytes(beginning[len(MARK) : len(MARK) + 8], "little")
    if length > _LONGEST_HEADER:
        raise SnapshotRefused("its header is damaged")
    written = os.pread(descriptor, length, fixed)
    if zlib.crc32(written) != int.from_bytes(beginning[-4:], "little"):
        raise SnapshotRefused("its header is damaged")
    header: dict[str, Any] = json.loads(written)
    return header, fixed + length


def _check(descriptor: int, header: dict[str, Any], start: int, label: Mapping[str, str]) -> None:
    status = os.fstat(descriptor)
    if status.st_uid not in (os.geteuid(), 0) or status.st_mode & 0o022:
        raise SnapshotRefused("others may have written it")
    for name, value in label.items():
        if header["label"].get(name) != value:
            raise SnapshotRefused(f"its {name} is another")
    if status.st_size != start + header["bytes"]:
        raise SnapshotRefused("it is truncated")
    for name, each in header["arrays"].items():
        size = np.dtype(each["type"]).itemsize * each["length"]
        if _checksum(descriptor, start + each["place"], size) != each["crc"]:
            raise SnapshotRefused(f"its {name} are damaged")


def _checksum(descriptor: int, place: int, size: int) -> int:
    # Read, not mapped: pages that are only checked needn't count among this process's memory.
    checksum = 0
    end = place + size
    while place < end:
        block = os.pread(descriptor, min(_BLOCK, end - place), place)
        if not block:
            raise SnapshotRefused("it is truncated")
        checksum = zlib.crc32(block, checksum)
        place += len(block)
    return checksum

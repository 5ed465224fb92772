"""Where the rates service reads from: a file of this machine, or an https address. Pure."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from supportapp.tools.network import PUBLIC, Network, NetworkFault

__all__ = ["PUBLIC", "Network", "SourceFault", "read", "shown"]
LARGEST = 1_000_000
OK = 200


class SourceFault(Exception):
    """The source can't be read or makes no sense; `reason` is for staff."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(location: str, *, network: Network = PUBLIC) -> bytes:
    """Return the source's bytes; raises SourceFault."""
    if "://" not in location:
        return _file(Path(location))
    host = (urlsplit(location).hostname or "").lower()
    try:
        answer = asyncio.run(network.request("GET", location, hosts=frozenset({host})))
    except NetworkFault as fault:
        raise SourceFault(fault.reason) from None
    if answer.status != OK:
        raise SourceFault(f"status {answer.status}")
    return answer.body


def shown(location: str) -> str:
    """Return what staff see of a source: never a key in its query or its user part."""
    if "://" not in location:
        return Path(location).name
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"[:300]


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise SourceFault(f"file: {error.strerror or 'unreadable'}") from None
    if len(data) > LARGEST:
        raise SourceFault("file: too large")
    return data

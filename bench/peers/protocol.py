"""What a peer is, so that quality and speed are measured through the same few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.peers.vectors import Vectors


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be found. Parts of one article share its id."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage found, with the score that the peer gave it: higher is better."""

    id: str
    score: float


class Peer(Protocol):
    """One way to search, as its documentation sets it up."""

    def index(self, passages: Sequence[Passage]) -> None:
        """Make these the passages that are searched, and no others."""
        ...

    def search(self, text: str, k: int) -> list[Scored]:
        """Return the best passages for a question, best first: k or a few more."""
        ...

    def close(self) -> None:
        """Give back connections and tables."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """What every peer is given: the same database, the same vectors.

    With `approximate`, peers whose documentation leaves the vector index to the operator get one.
    """

    database_url: str
    vectors: Vectors
    approximate: bool = False


MakePeer = Callable[[Setup], Peer]

"""All terms of a snapshot: sorted hashes to look for, and the terms' bytes to be sure.

A dictionary of a million strings costs every process a hundred megabytes. Here a term is looked
for by its 64-bit hash among sorted ones, in arrays that processes share; what is found is compared
byte by byte, so that two terms of one hash are told apart. A term's number is its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

ABSENT = -1
Hashes = NDArray[np.uint64]


def encoded(term: str) -> bytes:
    """Return the term's bytes; a question may hold half a surrogate pair."""
    return term.encode("utf-8", "surrogatepass")


def hashed(terms: Sequence[bytes]) -> Hashes:
    """Return one hash a term; the same in every process and on every machine."""
    joined = b"".join(blake2b(term, digest_size=8).digest() for term in terms)
    return np.frombuffer(joined, dtype="<u8").astype(np.uint64)


def spans(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places start, start + 1 … of each span, one span after the other."""
    shift = starts - (np.cumsum(sizes) - sizes)
    places: NDArray[np.int64] = np.arange(int(sizes.sum())) + np.repeat(shift, sizes)
    return places


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms in the order of their hashes."""

    hashes: Hashes
    ends: NDArray[np.int64]
    letters: NDArray[np.uint8]

    @classmethod
    def empty(cls) -> Vocabulary:
        """Return a vocabulary without terms."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint8))

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[Any]]) -> Vocabulary:
        """Return the vocabulary that `arrays` gave."""
        return cls(arrays["term_hashes"], arrays["term_ends"], arrays["term_letters"])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is to be stored."""
        return {
            "term_hashes": self.hashes,
            "term_ends": self.ends,
            "term_letters": self.letters,
        }

    def __len__(self) -> int:
        return len(self.hashes)

    def number(self, term: str) -> int:
        """Return the term's number, or ABSENT."""
        wanted = encoded(term)
        key = hashed([wanted])[0]
        return self._same(int(self.hashes.searchsorted(key)), key, wanted)

    def numbers(self, terms: Sequence[str]) -> NDArray[np.int64]:
        """Return the terms' numbers, ABSENT for those that aren't here."""
        found = np.full(len(terms), ABSENT, dtype=np.int64)
        if not len(self.hashes) or not terms:
            return found
        wanted = [encoded(term) for term in terms]
        hashes = hashed(wanted)
        places = np.searchsorted(self.hashes, hashes)
        inside = np.minimum(places, len(self.hashes) - 1)
        for row in np.flatnonzero(self.hashes[inside] == hashes).tolist():
            found[row] = self._same(int(places[row]), hashes[row], wanted[row])
        return found

    def _same(self, place: int, key: np.uint64, term: bytes) -> int:
        while place < len(self.hashes) and self.hashes[place] == key:
            if self.term(place) == term:
                return place
            place += 1
        return ABSENT

    def term(self, number: int) -> bytes:
        """Return the bytes of the term of this number."""
        start = int(self.ends[number - 1]) if number else 0
        return self.letters[start : int(self.ends[number])].tobytes()

    def with_more(
        self, terms: Sequence[str], kept: NDArray[np.bool_]
    ) -> tuple[Vocabulary, NDArray[np.int32]]:
        """Return a vocabulary of what is kept of these terms and more, and each one's new number.

        `kept` speaks of the terms here first, then of the new ones, and so do the new numbers.
        """
        more = [encoded(term) for term in terms]
        sizes = np.concatenate(
            [np.diff(self.ends, prepend=0), np.array([len(term) for term in more], np.int64)]
        )
        letters = np.concatenate([self.letters, np.frombuffer(b"".join(more), np.uint8)])
        chosen = np.flatnonzero(kept)
        hashes = np.concatenate([self.hashes, hashed(more)])[chosen]
        order = np.argsort(hashes, kind="stable")
        chosen = chosen[order]
        numbers = np.full(len(kept), ABSENT, dtype=np.int32)
        numbers[chosen] = np.arange(len(chosen), dtype=np.int32)
        starts = np.cumsum(sizes) - sizes
        made = Vocabulary(
            hashes=hashes[order],
            ends=np.cumsum(sizes[chosen]),
            letters=letters[spans(starts[chosen], sizes[chosen])],
        )
        return made, numbers

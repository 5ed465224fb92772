"""Postings that don't change: arrays that may lie in a file which processes share.

What came and went since they were written is kept by `postings`, in each process. All passages of
stored postings were live when they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.vocabulary import Vocabulary, spans

Integers = NDArray[np.int32]
EMPTY: Integers = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Forward:
    """The terms of each slot, in order of first appearance, with their counts."""

    terms: Integers
    counts: NDArray[Any]
    ends: NDArray[np.int64]

    def sizes(self) -> NDArray[np.int64]:
        """Return how many different terms each slot has."""
        sizes: NDArray[np.int64] = np.diff(self.ends, prepend=0)
        return sizes

    def places(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the terms of these slots stand, slot after slot."""
        sizes = self.sizes()[slots]
        return spans(self.ends[slots] - sizes, sizes)

    def slot_of_each(self) -> Integers:
        """Return the slot of each posting."""
        return np.repeat(np.arange(len(self.ends), dtype=np.int32), self.sizes())


@dataclass(frozen=True, slots=True)
class StoredPostings:
    """Terms to slots and back. `first` is where each term first appears among the postings, and
    `order` lists the terms by that."""

    vocabulary: Vocabulary
    lengths: NDArray[Any]
    forward: Forward
    starts: NDArray[np.int64]
    slots: Integers
    counts: NDArray[Any]
    first: NDArray[np.int64]
    order: Integers

    @classmethod
    def empty(cls) -> StoredPostings:
        """Return postings of nothing."""
        nothing = np.zeros(0, dtype=np.int64)
        forward = Forward(EMPTY, EMPTY, nothing)
        return cls.of(Vocabulary.empty(), nothing, forward)

    @classmethod
    def of(cls, vocabulary: Vocabulary, lengths: NDArray[Any], forward: Forward) -> StoredPostings:
        """Invert the forward side."""
        size = len(vocabulary)
        # Written backwards, so that of equals the first one stays.
        first = np.zeros(size, dtype=np.int64)
        first[forward.terms[::-1]] = np.arange(len(forward.terms))[::-1]
        by_term = np.argsort(forward.terms, kind="stable")
        held = np.bincount(forward.terms, minlength=size)
        return cls(
            vocabulary=vocabulary,
            lengths=lengths,
            forward=forward,
            starts=np.concatenate([[0], np.cumsum(held)]),
            slots=forward.slot_of_each()[by_term],
            counts=forward.counts[by_term],
            first=first,
            order=np.argsort(first, kind="stable").astype(np.int32),
        )

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[Any]]) -> StoredPostings:
        """Return the postings that `arrays` gave."""
        return cls(
            vocabulary=Vocabulary.stored(arrays),
            lengths=arrays["lengths"],
            forward=Forward(
                arrays["forward_terms"], arrays["forward_counts"], arrays["forward_ends"]
            ),
            starts=arrays["starts"],
            slots=arrays["slots"],
            counts=arrays["counts"],
            first=arrays["first"],
            order=arrays["order"],
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what is to be stored."""
        return self.vocabulary.arrays() | {
            "lengths": self.lengths,
            "forward_terms": self.forward.terms,
            "forward_counts": _small(self.forward.counts),
            "forward_ends": self.forward.ends,
            "starts": self.starts,
            "slots": self.slots,
            "counts": _small(self.counts),
            "first": self.first,
            "order": self.order,
        }

    def __len__(self) -> int:
        return len(self.lengths)

    def find(self, number: int) -> tuple[Integers, NDArray[Any]]:
        """Return the slots that hold a term, ascending, and how often each does."""
        span = slice(int(self.starts[number]), int(self.starts[number + 1]))
        return self.slots[span], self.counts[span]

    def first_live(self, number: int, live: NDArray[np.bool_]) -> int:
        """Return where a term that some live slot holds first appears in one."""
        slots, _ = self.find(number)
        slot = int(slots[int(np.argmax(live[slots]))])
        end = int(self.forward.ends[slot])
        start = int(self.forward.ends[slot - 1]) if slot else 0
        return start + int(np.argmax(self.forward.terms[start:end] == number))

    def live_order(
        self, live: NDArray[np.bool_], gone: NDArray[np.int64], holders: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the terms that live slots hold, by first appearance in one.

        `gone` are the terms of removed slots, and `holders` the live slots of each term.
        """
        order = self.order.astype(np.int64)
        if not len(gone):
            return order
        suspects = np.unique(gone)
        first_slots = np.searchsorted(self.forward.ends, self.first[suspects], side="right")
        moved = suspects[~live[first_slots]]
        kept = holders > 0
        kept[moved] = False
        moved = moved[holders[moved] > 0]
        places = np.array([self.first_live(int(term), live) for term in moved], dtype=np.int64)
        in_order = np.argsort(places)
        order = order[kept[order]]
        spots = np.searchsorted(self.first[order], places[in_order])
        merged: NDArray[np.int64] = np.insert(order, spots, moved[in_order])
        return merged


def _small(counts: NDArray[Any]) -> NDArray[Any]:
    """Return the counts in the smallest type that holds them."""
    most = int(counts.max(initial=0))
    return counts.astype(np.min_scalar_type(most))

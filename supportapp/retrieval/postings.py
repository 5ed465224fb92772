"""Which passages hold which terms: the store beneath the keyword index, in numpy.

Every passage has a slot, given in order and never reused. The forward side lists each slot's
terms in order of first appearance; the inverted side lists each term's slots. Passages added
since the inverted side was built wait in a small table of their own and are merged once there are
enough of them. A removed passage keeps its slot and is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int32]
_MERGE_AT_LEAST = 20_000
_EMPTY: Integers = np.zeros(0, dtype=np.int32)


class Column:
    """An array that grows at its end."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._array: NDArray[Any] = np.zeros(64, dtype=dtype)
        self.size = 0

    @property
    def values(self) -> NDArray[Any]:
        """Return the filled part; it is a view, valid until the next growth."""
        return self._array[: self.size]

    def extend(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Append the values."""
        end = self.size + len(values)
        if end > len(self._array):
            grown = np.zeros(max(end, len(self._array) * 2), dtype=self._array.dtype)
            grown[: self.size] = self.values
            self._array = grown
        self._array[self.size : end] = values
        self.size = end

    def fork(self) -> Column:
        """Return a column that grows on its own and shares what both have so far: neither may
        change it."""
        twin = Column(self._array.dtype.type)
        twin._array, twin.size = self.values, self.size
        return twin

    def copy(self) -> Column:
        """Return a column of its own."""
        twin = self.fork()
        twin._array = twin._array.copy()
        return twin


class Postings:
    """Terms to slots and back, with additions and removals."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self._lengths = Column(np.int64)
        self._live = Column(np.bool_)
        self._holders = Column(np.int64)
        self._forward_terms = Column(np.int32)
        self._forward_counts = Column(np.int32)
        self._forward_ends = Column(np.int64)
        self._starts: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._slots, self._counts = _EMPTY, _EMPTY
        self._merged = 0
        self._recent: dict[int, tuple[list[int], list[int]]] = {}
        self.removed = 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Return how many terms each slot's passage has, repeats included."""
        return self._lengths.values

    @property
    def live(self) -> NDArray[np.bool_]:
        """Return which slots' passages are still there."""
        return self._live.values

    def __len__(self) -> int:
        return self._live.size - self.removed

    def copy(self) -> Postings:
        """Return a twin whose changes don't reach this one; what never changes is shared."""
        twin = Postings()
        twin.vocabulary = self.vocabulary.copy()
        twin._live, twin._holders = self._live.copy(), self._holders.copy()
        twin._lengths = self._lengths.fork()
        twin._forward_terms = self._forward_terms.fork()
        twin._forward_counts = self._forward_counts.fork()
        twin._forward_ends = self._forward_ends.fork()
        twin._starts, twin._slots, twin._counts = self._starts, self._slots, self._counts
        twin._merged, twin.removed = self._merged, self.removed
        twin._recent = {
            term: (slots.copy(), counts.copy()) for term, (slots, counts) in self._recent.items()
        }
        return twin

    def add(self, passages: Iterable[Iterable[str]]) -> None:
        """Append passages, each a run of terms; a term's repeats are counted."""
        terms: list[int] = []
        counts: list[int] = []
        ends: list[int] = []
        lengths: list[int] = []
        for passage in passages:
            held: dict[int, int] = {}
            length = 0
            for term in passage:
                number = self.vocabulary.setdefault(term, len(self.vocabulary))
                held[number] = held.get(number, 0) + 1
                length += 1
            terms.extend(held)
            counts.extend(held.values())
            ends.append(self._forward_terms.size + len(terms))
            lengths.append(length)
        self._append(terms, counts, ends, lengths)

    def _append(
        self, terms: list[int], counts: list[int], ends: list[int], lengths: list[int]
    ) -> None:
        first_slot, first_posting = self._live.size, self._forward_terms.size
        self._forward_terms.extend(terms)
        self._forward_counts.extend(counts)
        self._forward_ends.extend(ends)
        self._lengths.extend(lengths)
        self._live.extend([True] * len(lengths))
        self._holders.extend([0] * (len(self.vocabulary) - self._holders.size))
        if terms:
            added = np.bincount(np.asarray(terms), minlength=self._holders.size)
            self._holders.values[:] += added
        waiting = self._forward_terms.size - self._merged
        if waiting > max(_MERGE_AT_LEAST, self._merged // 8):
            self._merge()
            return
        posting = first_posting
        for slot, end in enumerate(ends, start=first_slot):
            for place in range(posting - first_posting, end - first_posting):
                slots, recent_counts = self._recent.setdefault(terms[place], ([], []))
                slots.append(slot)
                recent_counts.append(counts[place])
            posting = end

    def _merge(self) -> None:
        """Rebuild the inverted side from the forward side, leaving out what was removed."""
        terms, counts = self._forward_terms.values, self._forward_counts.values
        slots = self._slot_of_postings()
        if self.removed:
            kept = self.live[slots]
            terms, counts, slots = terms[kept], counts[kept], slots[kept]
        order = np.argsort(terms, kind="stable")
        self._slots, self._counts = slots[order], counts[order]
        held = np.bincount(terms, minlength=len(self.vocabulary))
        self._starts = np.concatenate([[0], np.cumsum(held)])
        self._merged = self._forward_terms.size
        self._recent = {}

    def _slot_of_postings(self) -> Integers:
        ends = self._forward_ends.values
        sizes = np.diff(ends, prepend=0)
        return np.repeat(np.arange(len(ends), dtype=np.int32), sizes)

    def remove(self, slot: int) -> None:
        """Take a passage out; taking it out twice changes nothing."""
        if not self.live[slot]:
            return
        ends = self._forward_ends.values
        start = int(ends[slot - 1]) if slot else 0
        self._holders.values[self._forward_terms.values[start : int(ends[slot])]] -= 1
        self.live[slot] = False
        self.removed += 1

    def holders(self, term: str) -> int:
        """Return how many passages hold the term."""
        number = self.vocabulary.get(term)
        return 0 if number is None else int(self._holders.values[number])

    def find(self, term: str) -> tuple[Integers, Integers]:
        """Return the slots that hold the term, ascending, and how often each does."""
        number = self.vocabulary.get(term)
        if number is None:
            return _EMPTY, _EMPTY
        slots, counts = _EMPTY, _EMPTY
        if number + 1 < len(self._starts):
            span = slice(int(self._starts[number]), int(self._starts[number + 1]))
            slots, counts = self._slots[span], self._counts[span]
        recent = self._recent.get(number)
        if recent is not None:
            slots = np.concatenate([slots, np.array(recent[0], dtype=np.int32)])
            counts = np.concatenate([counts, np.array(recent[1], dtype=np.int32)])
        if self.removed and len(slots):
            kept = self.live[slots]
            slots, counts = slots[kept], counts[kept]
        return slots, counts

    def holders_by_first_appearance(self) -> NDArray[np.int64]:
        """Return, for each term that some passage holds, in the order in which a reader of the
        passages would meet it, how many passages hold it."""
        terms = self._forward_terms.values
        if self.removed:
            terms = terms[self.live[self._slot_of_postings()]]
        first = np.full(len(self.vocabulary), len(terms), dtype=np.int64)
        np.minimum.at(first, terms, np.arange(len(terms)))
        met = np.flatnonzero(first < len(terms))
        ordered: NDArray[np.int64] = self._holders.values[met[np.argsort(first[met])]]
        return ordered

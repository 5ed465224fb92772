"""Which passages hold which terms: the store beneath the keyword index, in numpy.

Every passage has a slot, given in order and never reused. Beneath lie stored postings, which many
processes may share; what came since is kept here. The forward side lists each slot's terms in
order of first appearance; the inverted side lists each term's slots. Passages added since the
inverted side was built wait in a small table of their own and are merged once there are enough of
them. A removed passage keeps its slot and is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.stored import EMPTY, Forward, Integers, StoredPostings
from supportapp.retrieval.vocabulary import ABSENT

__all__ = ["Column", "Integers", "Postings"]

_MERGE_AT_LEAST = 20_000
_REMEMBERED = 256


class Column:
    """An array that grows at its end."""

    def __init__(self, dtype: type[np.generic], values: NDArray[Any] | None = None) -> None:
        self._array: NDArray[Any] = np.zeros(64, dtype=dtype)
        self.size = 0
        if values is not None:
            self._array, self.size = values.astype(dtype), len(values)

    @property
    def values(self) -> NDArray[Any]:
        """Return the filled part; it is a view, valid until the next growth."""
        return self._array[: self.size]

    def extend(self, values: Sequence[Any] | NDArray[Any]) -> None:
        """Append the values."""
        end = self.size + len(values)
        if end > len(self._array):
            grown = np.zeros(max(end, len(self._array) * 9 // 8 + 64), dtype=self._array.dtype)
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

    def __init__(self, base: StoredPostings | None = None) -> None:
        self.base = base or StoredPostings.empty()
        # The numbers of all terms that were added; new ones go on where the base ends.
        self._numbers: dict[str, int] = {}
        self._new_terms: list[str] = []
        self._lengths = Column(np.int32, self.base.lengths)
        self._live = Column(np.bool_, np.ones(len(self.base), dtype=np.bool_))
        self._forward_terms = Column(np.int32)
        self._forward_counts = Column(np.int32)
        self._forward_ends = Column(np.int64)
        self._merged_terms, self._merged_starts = EMPTY, np.zeros(1, dtype=np.int64)
        self._merged_slots, self._merged_counts = EMPTY, EMPTY
        self._merged = 0
        self._recent: dict[int, tuple[list[int], list[int]]] = {}
        self._found: dict[str, tuple[Integers, NDArray[Any]]] = {}
        self.removed = 0
        self.total_length = int(self.base.lengths.sum())

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Return how many terms each slot's passage has, repeats included."""
        return self._lengths.values

    @property
    def live(self) -> NDArray[np.bool_]:
        """Return which slots' passages are still there."""
        return self._live.values

    @property
    def changes(self) -> int:
        """Return how many passages were added to or removed from the base."""
        return self._live.size - len(self.base) + self.removed

    def __len__(self) -> int:
        return self._live.size - self.removed

    def copy(self) -> Postings:
        """Return a twin whose changes don't reach this one; what never changes is shared."""
        twin = Postings()
        for name, value in vars(self).items():
            setattr(twin, name, value)
        twin._numbers, twin._new_terms = self._numbers.copy(), self._new_terms.copy()
        twin._live, twin._lengths = self._live.copy(), self._lengths.fork()
        twin._forward_terms = self._forward_terms.fork()
        twin._forward_counts = self._forward_counts.fork()
        twin._forward_ends = self._forward_ends.fork()
        twin._found = {}
        twin._recent = {
            term: (slots.copy(), counts.copy()) for term, (slots, counts) in self._recent.items()
        }
        return twin

    def add(self, passages: Iterable[Iterable[str]]) -> None:
        """Append passages, each a run of terms; a term's repeats are counted."""
        read = [list(passage) for passage in passages]
        self._number({term for passage in read for term in passage})
        terms: list[int] = []
        counts: list[int] = []
        ends: list[int] = []
        for passage in read:
            held: dict[int, int] = {}
            for term in passage:
                number = self._numbers[term]
                held[number] = held.get(number, 0) + 1
            terms.extend(held)
            counts.extend(held.values())
            ends.append(self._forward_terms.size + len(terms))
        self._append(terms, counts, ends, [len(passage) for passage in read])

    def _number(self, terms: set[str]) -> None:
        unknown = [term for term in terms if term not in self._numbers]
        for term, found in zip(unknown, self.base.vocabulary.numbers(unknown), strict=True):
            if found == ABSENT:
                self._numbers[term] = len(self.base.vocabulary) + len(self._new_terms)
                self._new_terms.append(term)
            else:
                self._numbers[term] = int(found)

    def _append(
        self, terms: list[int], counts: list[int], ends: list[int], lengths: list[int]
    ) -> None:
        first_slot, first_posting = self._live.size, self._forward_terms.size
        self._forward_terms.extend(terms)
        self._forward_counts.extend(counts)
        self._forward_ends.extend(ends)
        self._lengths.extend(lengths)
        self._live.extend([True] * len(lengths))
        self.total_length += sum(lengths)
        self._found = {}
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

    def _added(self) -> Forward:
        """Return the forward side of what was added; its first slot is the base's length."""
        return Forward(
            self._forward_terms.values, self._forward_counts.values, self._forward_ends.values
        )

    def _merge(self) -> None:
        """Rebuild the inverted side of what was added."""
        added = self._added()
        order = np.argsort(added.terms, kind="stable")
        self._merged_slots = added.slot_of_each()[order] + np.int32(len(self.base))
        self._merged_counts = added.counts[order]
        self._merged_terms, starts = np.unique(added.terms[order], return_index=True)
        self._merged_starts = np.append(starts, len(order))
        self._merged = len(order)
        self._recent = {}

    def remove(self, slot: int) -> None:
        """Take a passage out; taking it out twice changes nothing."""
        if not self.live[slot]:
            return
        self.live[slot] = False
        self.removed += 1
        self.total_length -= int(self.lengths[slot])
        self._found = {}

    def holders(self, term: str) -> int:
        """Return how many passages hold the term."""
        return len(self.find(term)[0])

    def known(self, terms: Sequence[str]) -> list[str]:
        """Return those of the terms that a passage holds or held; quicker than one by one."""
        stored = self.base.vocabulary.numbers(terms) != ABSENT
        return [
            term
            for term, is_stored in zip(terms, stored.tolist(), strict=True)
            if is_stored or term in self._numbers
        ]

    def find(self, term: str) -> tuple[Integers, NDArray[Any]]:
        """Return the slots that hold the term, ascending, and how often each does."""
        found = self._found.get(term)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found = {}
            found = self._found[term] = self._look_up(term)
        return found

    def _look_up(self, term: str) -> tuple[Integers, NDArray[Any]]:
        number = self._numbers.get(term, ABSENT)
        if number == ABSENT:
            number = self.base.vocabulary.number(term)
        if number == ABSENT:
            return EMPTY, EMPTY
        parts = [self.base.find(number)] if number < len(self.base.vocabulary) else []
        place = int(np.searchsorted(self._merged_terms, number))
        if place < len(self._merged_terms) and self._merged_terms[place] == number:
            span = slice(int(self._merged_starts[place]), int(self._merged_starts[place + 1]))
            parts.append((self._merged_slots[span], self._merged_counts[span]))
        recent = self._recent.get(number)
        if recent is not None:
            parts.append((np.array(recent[0], np.int32), np.array(recent[1], np.int32)))
        if not parts:
            return EMPTY, EMPTY
        slots, counts = parts[0]
        if len(parts) > 1:
            slots = np.concatenate([part[0] for part in parts])
            counts = np.concatenate([part[1] for part in parts])
        if self.removed:
            kept = self.live[slots]
            if not kept.all():
                slots, counts = slots[kept], counts[kept]
        return slots, counts

    def holders_by_first_appearance(self) -> NDArray[np.int64]:
        """Return, for each term that some passage holds, in the order in which a reader of the
        passages would meet it, how many passages hold it."""
        size, base_slots = len(self.base.vocabulary), len(self.base)
        live = self.live[:base_slots]
        removed = np.flatnonzero(~live)
        gone = self.base.forward.terms[self.base.forward.places(removed)].astype(np.int64)
        in_base = np.diff(self.base.starts) - np.bincount(gone, minlength=size)
        order = self.base.live_order(live, gone, in_base)
        added = self._added()
        later = added.terms[self.live[base_slots:][added.slot_of_each()]]
        holders = np.bincount(later, minlength=size + len(self._new_terms))
        holders[:size] += in_base
        met, places = np.unique(later, return_index=True)
        fresh = np.ones(len(met), dtype=np.bool_)
        known = met < size
        fresh[known] = in_base[met[known]] == 0
        fresh_terms = met[fresh][np.argsort(places[fresh])]
        ordered: NDArray[np.int64] = holders[np.concatenate([order, fresh_terms])]
        return ordered

    def frozen(self, slots: NDArray[np.int64]) -> StoredPostings:
        """Return stored postings of these live slots alone, in this order."""
        base, added = self.base.forward, self._added()
        sizes = np.concatenate([base.sizes(), added.sizes()])
        ends = np.cumsum(sizes)
        everything = Forward(
            np.concatenate([base.terms, added.terms]),
            np.concatenate([base.counts, added.counts]),
            ends,
        )
        places = everything.places(slots)
        terms = everything.terms[places]
        kept = np.bincount(terms, minlength=len(self.base.vocabulary) + len(self._new_terms)) > 0
        vocabulary, numbers = self.base.vocabulary.with_more(self._new_terms, kept)
        forward = Forward(numbers[terms], everything.counts[places], np.cumsum(sizes[slots]))
        return StoredPostings.of(vocabulary, self.lengths[slots], forward)

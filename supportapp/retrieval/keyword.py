"""BM25 over postings: rank_bm25's BM25Okapi, to the last bit, without reading every passage.

The library scores each passage in Python for each word of the question. This subclass keeps
postings and touches only the passages that hold the word. Passages can be added and removed: the
inverse document frequencies follow, so a search after changes equals one in a fresh index of
what is left. A word in more than half of the passages gets the library's floor, epsilon times the
mean of all inverse document frequencies; the mean is worked out when such a word is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from supportapp.retrieval.postings import Postings
from supportapp.retrieval.stored import Integers, StoredPostings

Scores = NDArray[np.float64]
LEAST_IDF = 0.05


class PostingsBM25(BM25Okapi):  # type: ignore[misc]  # the library has no types
    """BM25Okapi that grows, shrinks and answers in the time of its postings."""

    def __init__(
        self,
        corpus: Iterable[Sequence[str]] = (),
        k1: float = 1.5,
        b: float = 0.75,
        epsilon: float = 0.25,
        base: StoredPostings | None = None,
    ) -> None:
        """Index the corpus, on top of stored postings where there are some."""
        self.postings = Postings(base)
        self._norms: Scores | None = None
        self._average_idf: float | None = None
        super().__init__(corpus, k1=k1, b=b, epsilon=epsilon)

    def _initialize(self, corpus: Iterable[Sequence[str]]) -> dict[str, int]:
        self.add(corpus)
        return {}

    def _calc_idf(self, nd: dict[str, int]) -> None:
        """Nothing to do ahead of time: see `idf_of`."""

    def add(self, passages: Iterable[Sequence[str]]) -> None:
        """Append passages, each a list of terms. They get the next slots."""
        self.postings.add(passages)
        self._changed()

    def remove(self, slots: Iterable[int]) -> None:
        """Take the passages in these slots out of the index."""
        for slot in slots:
            self.postings.remove(slot)
        self._changed()

    def _changed(self) -> None:
        self.corpus_size = len(self.postings)
        total = self.postings.total_length
        self.avgdl = total / self.corpus_size if self.corpus_size else 0.0
        self._norms = self._average_idf = None

    def idf_of(self, term: str) -> float:
        """Return the term's inverse document frequency among the live passages."""
        holders = self.postings.holders(term)
        if not holders:
            return 0.0
        idf = self._raw_idf(holders)
        return self.epsilon * self._mean_idf() if idf < 0 else idf

    def _raw_idf(self, holders: int) -> float:
        return math.log(self.corpus_size - holders + 0.5) - math.log(holders + 0.5)

    def _mean_idf(self) -> float:
        if self._average_idf is None:
            # The library adds one term after the other, in the order it met them; so must this
            # sum, or the last bits differ. numpy's cumsum is such a sum, its sum is not.
            holders = self.postings.holders_by_first_appearance()
            distinct = np.flatnonzero(np.bincount(holders))
            idf_of_count = np.zeros(int(distinct[-1]) + 1)
            idf_of_count[distinct] = [self._raw_idf(int(count)) for count in distinct]
            self._average_idf = float(np.cumsum(idf_of_count[holders])[-1]) / len(holders)
        return self._average_idf

    def _slot_norms(self) -> Scores:
        if self._norms is None:
            lengths = self.postings.lengths
            if self.avgdl:
                self._norms = self.k1 * (1 - self.b + self.b * lengths / self.avgdl)
            else:
                self._norms = np.zeros(len(lengths))
        return self._norms

    def contribution(self, term: str) -> tuple[Integers, Scores]:
        """Return the slots that hold the term, ascending, and what it adds to each one's score."""
        slots, saturation = self._saturation(term)
        return slots, self.idf_of(term) * saturation

    def _saturation(self, term: str) -> tuple[Integers, Scores]:
        slots, counts = self.postings.find(term)
        if not len(slots):
            return slots, np.zeros(0)
        norms = self._slot_norms()[slots]
        return slots, counts * (self.k1 + 1) / (counts + norms)

    def get_scores(self, query: Sequence[str]) -> Scores:
        """Score the live passages in order; equal to the library's scores to the last bit."""
        return self._dense(query)[self.postings.live]

    def get_batch_scores(self, query: Sequence[str], doc_ids: Sequence[int]) -> list[float]:
        """Score some of the live passages, by their places among the live ones."""
        return [float(score) for score in self.get_scores(query)[list(doc_ids)]]

    def _dense(self, query: Sequence[str]) -> Scores:
        scores = np.zeros(len(self.postings.live))
        for term in query:
            slots, added = self.contribution(term)
            scores[slots] += added
        return scores

    def weighted_scores(self, weights: Mapping[str, float]) -> Scores:
        """Score every slot for a question whose terms have weights; removed slots score zero.

        Where half of the passages hold a word, as happens in a help centre of two articles, the
        library's inverse document frequency is nothing; here a word that is held counts a little.
        """
        scores = np.zeros(len(self.postings.live))
        for term, weight in weights.items():
            slots, added = self.weighted_contribution(term, weight)
            scores[slots] += added
        return scores

    def weighted_contribution(self, term: str, weight: float) -> tuple[Integers, Scores]:
        """Return the slots that hold the term, and what it adds to their weighted scores."""
        slots, saturation = self._saturation(term)
        return slots, weight * max(self.idf_of(term), LEAST_IDF) * saturation

    def copy(self) -> PostingsBM25:
        """Return a twin whose changes don't reach this one."""
        twin = PostingsBM25(k1=self.k1, b=self.b, epsilon=self.epsilon)
        twin.postings = self.postings.copy()
        twin._changed()
        return twin


def best(scores: Scores, count: int, allowed: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
    """Return the slots of the best positive scores, best first; equals in order of slot."""
    if allowed is not None:
        scores = np.where(allowed, scores, 0.0)
    found = _likely_best(scores, count)
    values = scores[found]
    if len(found) > count:
        # Everything that ties with the last one is kept until slots have broken the tie.
        least = np.partition(values, len(values) - count)[len(values) - count]
        chosen = values >= least
        found, values = found[chosen], values[chosen]
    order = np.lexsort((found, -values))
    return found[order][:count]


_SAMPLED = 32


def _likely_best(scores: Scores, count: int) -> NDArray[np.intp]:
    """Return positive scores' slots, of which the `count` best, with all their equals, are some.

    Of many scores, a sample tells which are too low to be looked at one by one.
    """
    sample = scores[::_SAMPLED]
    kept = 2 * count // _SAMPLED + 8
    if len(sample) > 4 * kept:
        least = float(np.partition(sample, len(sample) - kept)[len(sample) - kept])
        if least > 0:
            chosen = np.flatnonzero(scores >= least)
            if len(chosen) >= count:
                return chosen
    return np.flatnonzero(scores)

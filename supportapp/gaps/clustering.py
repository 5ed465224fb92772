"""Questions that are alike on average become one group: average linkage. Pure.

Two groups become one while their questions are on average at least so much alike, the most alike
two first. The mean of vectors holds all that this needs: the product of two means *is* the
average likeness of their members, so that a group of any size costs one vector, and new questions
join the groups that exist, under the ids that they have.

Likeness is measured from the middle of what is asked in this workspace: where all questions are
about mattresses, that two of them are says nothing. On this ground one threshold does for all
workspaces; by plain cosine each would need its own (docs/benchmarks.md, "Groups of questions").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
NOBODY = -1e9
# How much alike questions are on average that one article answers, and those of one subject.
SAME = 0.34
NEAR = 0.2
# Fewer distinct subjects say too little about the middle of all.
FEWEST = 20
# Without a middle: what cosine counts as SAME.
PLAIN_COSINE = 0.5


@dataclass(frozen=True, slots=True)
class Ground:
    """From where likeness is measured: the middle of all, and how far off questions are."""

    middle: Vector
    spread: float

    @classmethod
    def of(cls, means: Matrix, articles: Vector | None = None, weight: int = 30) -> Ground:
        """Return the ground of groups, each of which counts once, however often it is asked.

        So a flood of one question doesn't move the middle there. `articles`, the mean of what is
        written, counts as `weight` of them: at the beginning, when little was asked, most.
        """
        count = len(means) + (0 if articles is None else weight)
        if count < FEWEST:
            return cls(np.zeros(means.shape[1], dtype=np.float32), PLAIN_COSINE / SAME)
        total = means.sum(axis=0)
        if articles is not None:
            total = total + weight * articles
        middle = np.asarray(total / count, dtype=np.float32)
        # Of single questions, which have length one: |x|² − 2 x·m + |m|², averaged.
        centre = means.mean(axis=0) if len(means) else middle
        spread = float(1.0 - 2.0 * centre @ middle + middle @ middle)
        return cls(middle, max(spread, 0.05))

    def placed(self, vectors: Matrix) -> Matrix:
        """Return vectors as seen from here; their products are likenesses."""
        return np.asarray((vectors - self.middle) / np.sqrt(self.spread), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Merge:
    """One step: the group `away` became part of `into`, as alike as `likeness`."""

    into: int
    away: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Linked:
    """What came of the linking: for each place its group's place, and the steps to it."""

    groups: tuple[int, ...]
    merges: tuple[Merge, ...]


def link(placed: Matrix, sizes: Sequence[int], threshold: float) -> Linked:
    """Join groups until no two of them are on average `threshold` alike.

    Of two, the larger takes in the smaller; of two as large, the one that comes first.
    """
    count = len(sizes)
    if count < 2:
        return Linked(tuple(range(count)), ())
    linkage = _Linkage(placed, sizes)
    owner = np.arange(count)
    merges: list[Merge] = []
    while len(merges) < count - 1:
        merge = linkage.most_alike()
        if merge.likeness < threshold:
            break
        linkage.join(merge.into, merge.away)
        owner[owner == merge.away] = merge.into
        merges.append(merge)
    return Linked(tuple(int(each) for each in owner), tuple(merges))


def mean(vectors: Matrix) -> Vector:
    """Return the mean of unit vectors, as a group keeps it."""
    return np.asarray(vectors.mean(axis=0), dtype=np.float32)


def most_typical(vectors: Matrix) -> list[int]:
    """Return places in the order of their average likeness to all, the most typical first."""
    return [int(place) for place in np.argsort(-(vectors @ mean(vectors)), kind="stable")]


def nearest_of(placed: Matrix, groups: Matrix, threshold: float) -> list[int]:
    """Return for each question the group it is most alike on average; -1 where none is enough."""
    if not len(groups) or not len(placed):
        return [-1] * len(placed)
    alike = placed @ groups.T
    best = alike.argmax(axis=1)
    return [
        int(group) if alike[place, group] >= threshold else -1 for place, group in enumerate(best)
    ]


class _Linkage:
    """Every group's likeness to every other, with each one's nearest at hand."""

    def __init__(self, placed: Matrix, sizes: Sequence[int]) -> None:
        self._sizes = np.asarray(sizes, dtype=np.float64)
        self._alike = np.asarray(placed @ placed.T, dtype=np.float64)
        np.fill_diagonal(self._alike, NOBODY)
        self._nearest = self._alike.argmax(axis=1)
        self._best = self._alike[np.arange(len(sizes)), self._nearest]

    def most_alike(self) -> Merge:
        """Return the two groups that are most alike, the one that stays first."""
        here = int(self._best.argmax())
        there = int(self._nearest[here])
        first, second = min(here, there), max(here, there)
        if self._sizes[second] > self._sizes[first]:
            first, second = second, first
        return Merge(first, second, float(self._best[here]))

    def join(self, into: int, away: int) -> None:
        """Give `into` the average likeness of both, weighed by their sizes."""
        alike, sizes = self._alike, self._sizes
        total = sizes[into] + sizes[away]
        row = (sizes[into] * alike[into] + sizes[away] * alike[away]) / total
        row[sizes == 0.0] = row[into] = row[away] = NOBODY
        alike[into], alike[:, into] = row, row
        alike[away], alike[:, away] = NOBODY, NOBODY
        sizes[into], sizes[away] = total, 0.0
        self._best[away] = NOBODY
        for place in np.flatnonzero((self._nearest == into) | (self._nearest == away)).tolist():
            if sizes[place]:
                self._look(place)
        self._look(into)
        closer = row > self._best
        self._nearest[closer], self._best[closer] = into, row[closer]

    def _look(self, place: int) -> None:
        self._nearest[place] = self._alike[place].argmax()
        self._best[place] = self._alike[place, self._nearest[place]]

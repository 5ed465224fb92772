"""How good a ranking is, and how sure one may be of it. Pure.

The measures are those of trec_eval: nDCG with the grade as gain and 1/log2(rank+1) as discount
(Järvelin and Kekäläinen, ACM TOIS 2002), reciprocal rank cut at ten, and recall. They are written
out here because the usual package would bring scipy along; the tests hold examples worked by hand.
Intervals are percentile bootstraps over questions (Efron and Tibshirani 1993).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 20240
Grades = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions with its 95% interval."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Return whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def ndcg(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """Return the discounted gain of the first `depth`, as a share of the best there could be."""
    gain = _discounted([grades.get(item, 0) for item in ranked[:depth]])
    best = _discounted(sorted(grades.values(), reverse=True)[:depth])
    return gain / best if best else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(place + 2) for place, gain in enumerate(gains))


def reciprocal_rank(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """Return 1 / the place of the first relevant item, or 0 where none is among the first."""
    for place, item in enumerate(ranked[:depth], start=1):
        if grades.get(item, 0) > 0:
            return 1 / place
    return 0.0


def recall(ranked: Sequence[str], grades: Grades, depth: int) -> float:
    """Return the share of the relevant items that are among the first `depth`."""
    relevant = {item for item, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0


def estimate(values: Sequence[float], *, seed: int = SEED) -> Estimate:
    """Return the mean and its bootstrap interval; all zero where there are no values."""
    if not len(values):
        return Estimate(0.0, 0.0, 0.0)
    sample = np.asarray(values, dtype=np.float64)
    means = _resampled_means(sample, seed)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high))


def difference(ours: Sequence[float], theirs: Sequence[float], *, seed: int = SEED) -> Estimate:
    """Return the mean difference per question, with a paired bootstrap interval."""
    pairs = zip(ours, theirs, strict=True)
    return estimate([mine - yours for mine, yours in pairs], seed=seed)


def _resampled_means(sample: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    means = [
        sample[generator.integers(0, len(sample), len(sample))].mean() for _ in range(RESAMPLES)
    ]
    return np.array(means)


@dataclass(frozen=True, slots=True)
class Operating:
    """What happens when only answers at least this sure are given."""

    threshold: float
    coverage: float
    precision: float


def precision_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[Operating]:
    """Return, for each threshold that changes anything, which share of the questions is answered
    and which share of those answers is right; the strictest threshold first."""
    order = sorted(range(len(confidences)), key=lambda n: -confidences[n])
    points: list[Operating] = []
    good = 0
    for place, number in enumerate(order, start=1):
        good += right[number]
        is_last = place == len(order)
        if is_last or confidences[order[place]] < confidences[number]:
            points.append(Operating(confidences[number], place / len(order), good / place))
    return points


def coverage_at(points: Sequence[Operating], precision: float) -> Operating | None:
    """Return the point of most coverage that keeps the promised precision."""
    kept = [point for point in points if point.precision >= precision]
    return max(kept, key=lambda point: point.coverage, default=None)


def auc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return how often one of the first is above one of the second; ties count half."""
    if not len(higher) or not len(lower):
        return 0.0
    above = np.sort(np.asarray(lower, dtype=np.float64))
    left = np.searchsorted(above, higher, side="left")
    right = np.searchsorted(above, higher, side="right")
    return float((left + right).mean() / 2 / len(above))

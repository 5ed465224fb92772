"""How sure a number is: differences of shares, percentiles, ratios. Pure.

Shares have Wilson's interval (`answering.intervals`). Their difference has Newcombe's (1998,
“Interval estimation for the difference between independent proportions”, method 10), which is made
of both. A percentile has the order statistics between which it lies (Hahn and Meeker, “Statistical
Intervals”, 5.2). A ratio of sums has the percentile bootstrap (Efron and Tibshirani, “An
Introduction to the Bootstrap”, 13.3) over conversations. All are for 95 of 100 cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from supportapp.answering.intervals import Interval, wilson

RESAMPLES = 400
SEED = 20_201
# Fewer say nothing about a ratio, and nothing about how it varies.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    count: int
    total: int

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval:
        return wilson(self.count, self.total)


def difference(now: Share, before: Share) -> Interval | None:
    """Return between what the change of a share lies; None where one of both is nothing."""
    one, other = now.value, before.value
    if one is None or other is None:
        return None
    mine, theirs = now.interval, before.interval
    low = sqrt((one - mine.low) ** 2 + (theirs.high - other) ** 2)
    high = sqrt((mine.high - one) ** 2 + (other - theirs.low) ** 2)
    return Interval(one - other - low, one - other + high)


def ratio(costs: Sequence[float], successes: Sequence[bool]) -> Interval | None:
    """Return between what the cost per success lies, over conversations drawn anew."""
    drawn = len(costs)
    if drawn < FEWEST or sum(successes) < FEWEST or sum(costs) <= 0:
        return None
    spent = np.asarray(costs, dtype=np.float64)
    won = np.asarray(successes, dtype=np.float64)
    chance = np.random.default_rng(SEED)
    found = np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        places = chance.integers(0, drawn, drawn, dtype=np.uint32)
        found[number] = spent[places].sum() / max(1.0, won[places].sum())
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(float(low), float(high))

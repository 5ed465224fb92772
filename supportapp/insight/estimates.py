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


@dataclass(frozen=True, slots=True)
class Alike:
    """So many conversations that cost the same, all of them resolved or none."""

    cost: float
    is_resolved: bool
    count: int


def ratio(groups: Sequence[Alike]) -> Interval | None:
    """Return between what the cost per success lies, over conversations drawn anew.

    Those that cost nothing are drawn by their number alone: which of them it was makes no
    difference, and they are most.
    """
    resolved = sum(each.count for each in groups if each.is_resolved)
    paid = [each for each in groups if each.cost > 0]
    if resolved < FEWEST or sum(each.count for each in groups) < FEWEST or not paid:
        return None
    spent = np.repeat([each.cost for each in paid], [each.count for each in paid])
    won = np.repeat([float(each.is_resolved) for each in paid], [each.count for each in paid])
    free_won = sum(each.count for each in groups if each.is_resolved and each.cost <= 0)
    free_lost = sum(each.count for each in groups if not each.is_resolved and each.cost <= 0)
    parts = np.array([len(spent), free_won, free_lost], dtype=np.float64)
    chance = np.random.default_rng(SEED)
    drawn = chance.multinomial(int(parts.sum()), parts / parts.sum(), size=RESAMPLES)
    found = np.empty(RESAMPLES)
    for number, (some, won_free, _) in enumerate(drawn):
        places = chance.integers(0, len(spent), some, dtype=np.uint32)
        found[number] = spent[places].sum() / max(1.0, won[places].sum() + won_free)
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(float(low), float(high))

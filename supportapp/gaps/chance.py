"""Tests of whether a difference is more than chance. Pure.

Shares by the two-proportion z test with pooled variance, several at once by Holm's correction;
lengths by the two-sample Kolmogorov–Smirnov test with its asymptotic distribution.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

LEVEL = 0.05
# The normal distribution says little where fewer are expected.
FEWEST_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class Shift:
    """One share before and now, and how likely as much would be by chance, corrected."""

    key: str
    before: float
    now: float
    p: float

    @property
    def is_real(self) -> bool:
        return self.p < LEVEL

    @property
    def points(self) -> float:
        """By how many percentage points it changed."""
        return 100 * (self.now - self.before)


@dataclass(frozen=True, slots=True)
class LengthSkew:
    """Two sets of lengths: their medians, the largest distance of their curves, and its p."""

    first: float
    second: float
    distance: float
    p: float

    @property
    def is_real(self) -> bool:
        return self.p < LEVEL


def shifts(
    before: Mapping[str, int], now: Mapping[str, int], totals: tuple[int, int]
) -> list[Shift]:
    """Return the shift of every share, the surest first; p is corrected for all of them."""
    raw = {
        key: two_proportions((before.get(key, 0), totals[0]), (now.get(key, 0), totals[1]))
        for key in {*before, *now}
    }
    corrected = holm(raw)
    found = [
        Shift(
            key,
            before.get(key, 0) / max(1, totals[0]),
            now.get(key, 0) / max(1, totals[1]),
            corrected[key],
        )
        for key in raw
    ]
    return sorted(found, key=lambda each: (each.p, -abs(each.points), each.key))


def two_proportions(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return the two-sided p of two shares being one; 1 where too little is known to say."""
    (a, n), (b, m) = one, other
    if not n or not m:
        return 1.0
    pooled = (a + b) / (n + m)
    if min(n, m) * min(pooled, 1 - pooled) < FEWEST_EXPECTED:
        return fisher(one, other)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return math.erfc(abs(a / n - b / m) / error / math.sqrt(2))


def fisher(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return Fisher's exact two-sided p, for small numbers."""
    (a, n), (b, m) = one, other
    drawn = a + b

    def log_chance(count: int) -> float:
        return _log_choose(n, count) + _log_choose(m, drawn - count) - _log_choose(n + m, drawn)

    seen = log_chance(a)
    possible = range(max(0, drawn - m), min(n, drawn) + 1)
    return min(1.0, sum(math.exp(each) for k in possible if (each := log_chance(k)) <= seen + 1e-9))


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Return p values that hold for all of them at once."""
    corrected: dict[str, float] = {}
    least = 0.0
    for place, key in enumerate(sorted(values, key=lambda key: values[key])):
        least = max(least, min(1.0, values[key] * (len(values) - place)))
        corrected[key] = least
    return corrected


def lengths(first: Sequence[int], second: Sequence[int]) -> LengthSkew | None:
    """Compare two sets of lengths; None where one is empty."""
    if not first or not second:
        return None
    one, other = sorted(first), sorted(second)
    distance = max(
        abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other))
        for at in {*one, *other}
    )
    weight = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    return LengthSkew(median(one), median(other), distance, _kolmogorov(weight, distance))


def shown(p: float) -> str:
    """Return a p value as pages show it."""
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _kolmogorov(weight: float, distance: float) -> float:
    at = (weight + 0.12 + 0.11 / weight) * distance
    if at < 0.2:
        return 1.0
    signs = ((k, 1.0 if k % 2 else -1.0) for k in range(1, 101))
    total = sum(2.0 * sign * math.exp(-2.0 * k * k * at * at) for k, sign in signs)
    return min(1.0, max(0.0, total))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

"""How sure a share is, by Wilson's interval: honest with few counts, and at 0 and 1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 of 100


@dataclass(frozen=True, slots=True)
class Interval:
    """Between these the true share lies, in 95 of 100 cases."""

    low: float
    high: float

    def overlaps(self, other: Interval) -> bool:
        """Return whether both may be the same."""
        return self.low <= other.high and other.low <= self.high


def wilson(count: int, total: int) -> Interval:
    """Return the interval of a share; everything is possible where nothing was counted."""
    if total <= 0:
        return Interval(0.0, 1.0)
    share, z2 = count / total, Z * Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z * sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))

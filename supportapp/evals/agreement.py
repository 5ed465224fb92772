"""How far two judges agree beyond chance: Cohen's kappa, with its interval. Pure.

J. Cohen, A coefficient of agreement for nominal scales, 1960; the words for its sizes are Landis
and Koch's (1977), and a judge is trusted where it is more than "moderate".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TRUSTED = 0.6
FEWEST = 20
RESAMPLES = 1000
SEED = 20240
_SIZES = ((0.8, "almost perfect"), (0.6, "substantial"), (0.4, "moderate"), (0.2, "fair"))
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two say the same, and how much of that chance would explain."""

    count: int
    observed: float
    kappa: float | None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        """Say whether so many were judged that the figure means something."""
        return self.count >= FEWEST

    @property
    def is_trusted(self) -> bool:
        return self.is_enough and self.kappa is not None and self.kappa > TRUSTED

    @property
    def words(self) -> str:
        """Say what kappa means."""
        if self.kappa is None:
            return "not measurable: everybody always says the same"
        return next((said for least, said in _SIZES if self.kappa > least), "slight or none")


def agreement(pairs: Sequence[Pair]) -> Agreement:
    """Compare what two said of the same things."""
    if not pairs:
        return Agreement(0, 0.0, None)
    observed = sum(one == other for one, other in pairs) / len(pairs)
    found = kappa(pairs)
    if found is None:
        return Agreement(len(pairs), observed, None)
    generator = np.random.default_rng(SEED)
    drawn = [
        again
        for _ in range(RESAMPLES)
        if (again := kappa([pairs[n] for n in generator.integers(0, len(pairs), len(pairs))]))
        is not None
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Agreement(len(pairs), observed, found, float(low), float(high))


def kappa(pairs: Sequence[Pair]) -> float | None:
    """Return Cohen's kappa; None where chance alone would make them agree always."""
    total = len(pairs)
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    observed = sum(one == other for one, other in pairs) / total
    expected = sum(ones[label] * others[label] for label in ones) / total**2
    return None if expected >= 1 else (observed - expected) / (1 - expected)

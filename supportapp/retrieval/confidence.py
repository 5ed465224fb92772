"""How likely it is that the evidence holds the answer: 0 to 1. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clues:
    """What is cheap to know about a search once it is done."""

    cosine: float
    coverage: float


def confidence(clues: Clues) -> float:
    """Return the probability that the question is answered by what was found."""
    return 1 / (1 + math.exp(-(12 * (clues.cosine - 0.45) + 2 * (clues.coverage - 0.5))))

"""How likely it is that the evidence holds the answer: 0 to 1. Pure.

A logistic regression over clues that a search has anyway. Its numbers are data, in
confidence.json, which says what they were fitted on and by which command.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from supportapp.retrieval.values import Clues

FITTED = Path(__file__).with_name("confidence.json")
NOTHING = Clues()


# Keeps the logarithm finite where no word is found at all.
_WEAK = 0.1


def features(clues: Clues) -> dict[str, float]:
    """Return the numbers that the regression weighs."""
    return {
        "cosine": clues.cosine,
        "margin": clues.margin,
        "missing": clues.missing,
        # Words and meaning that agree say more than either alone.
        "agreement": clues.cosine * clues.coverage,
        "strength": math.log(max(clues.strength, 0.0) + _WEAK),
    }


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, and the constant."""

    weights: dict[str, float]
    constant: float

    def probability(self, clues: Clues) -> float:
        """Return the probability that a question with these clues is answered."""
        values = features(clues)
        odds = self.constant + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))


@cache
def model() -> Model:
    """Return the fitted model."""
    fitted = json.loads(FITTED.read_text("utf-8"))
    return Model(fitted["weights"], fitted["constant"])


def confidence(clues: Clues) -> float:
    """Return how sure one may be that what was found answers the question."""
    return 0.0 if clues == NOTHING else model().probability(clues)

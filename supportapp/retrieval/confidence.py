"""From what a search knows to how sure it may be that it holds the answer: 0 to 1. Pure.

A logistic regression over clues that a search has anyway. Its shipped numbers are data, in
confidence.json, which says what they were fitted on and by which command; a workspace's
calibration brings others, and the threshold that goes with them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from supportapp.retrieval.values import Clues

FITTED = Path(__file__).with_name("confidence.json")
NOTHING = Clues()


# Keeps the logarithm finite where no word is found at all.
_WEAK = 0.1
_MOST_ODDS = 50.0


def features(clues: Clues) -> dict[str, float]:
    """Return the numbers that the regression weighs.

    The embedder hears little in scripts without spaces, and few articles are written in them: so
    nearness and a lead over the others say less there, and the words' own coverage says more.
    """
    strength, unspaced = math.log(max(clues.strength, 0.0) + _WEAK), clues.unspaced
    return {
        "cosine": clues.cosine,
        "margin": clues.margin,
        "missing": clues.missing,
        # Words and meaning that agree say more than either alone.
        "agreement": clues.cosine * clues.coverage,
        "strength": strength,
        "doubt": clues.doubt,
        "unspaced": unspaced,
        "unspaced_cosine": unspaced * clues.cosine,
        "unspaced_coverage": unspaced * clues.coverage,
        "unspaced_strength": unspaced * strength,
        "unspaced_margin": unspaced * clues.margin,
        "unspaced_doubt": unspaced * clues.doubt,
    }


NAMES = tuple(features(NOTHING))


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature and by word of the question, and the constant."""

    weights: Mapping[str, float]
    constant: float
    words: Mapping[str, float] = field(default_factory=dict)

    def odds(self, clues: Clues) -> float:
        """Return the log odds that a question with these clues is answered."""
        values = features(clues)
        said = sum(self.words.get(word, 0.0) for word in clues.words) if self.words else 0.0
        known = sum(weight * values[name] for name, weight in self.weights.items())
        return self.constant + known + said

    def probability(self, clues: Clues) -> float:
        """Return the probability that a question with these clues is answered."""
        odds = max(-_MOST_ODDS, min(_MOST_ODDS, self.odds(clues)))
        return 1 / (1 + math.exp(-odds))

    def confidence(self, clues: Clues) -> float:
        """Return how sure one may be that what was found answers the question."""
        return 0.0 if clues == NOTHING else self.probability(clues)


@dataclass(frozen=True, slots=True)
class Trust:
    """How a workspace's searches are judged; without a threshold, the product's own counts."""

    model: Model
    threshold: float | None = None


@cache
def model() -> Model:
    """Return the shipped model."""
    fitted = json.loads(FITTED.read_text("utf-8"))
    return Model(fitted["weights"], fitted["constant"])


@cache
def spreads() -> Mapping[str, float]:
    """Return how far each feature usually lies from its mean, as a unit for its weight."""
    return dict(json.loads(FITTED.read_text("utf-8"))["spreads"])


def confidence(clues: Clues) -> float:
    """Return the shipped model's confidence."""
    return model().confidence(clues)

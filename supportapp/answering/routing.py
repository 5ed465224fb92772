"""Which route a question takes: the cheapest that will do. Pure.

Approved answers and the memory were asked before; here is decided between quoting, a small model,
a large one, and several samples of it that vote. How hard a question is follows from what its
search knows and how it is said; a policy says up to which difficulty each route will do, and a
budget that runs low moves every question to a cheaper policy, never to an error.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from supportapp.retrieval import sentences

FITTED = Path(__file__).with_name("routing.json")
_MOST_ODDS = 30.0
_LEAST_SURE = 0.001


class Route(StrEnum):
    """Who answers, the cheapest first."""

    APPROVED = "approved"
    MEMORY = "memory"
    QUOTING = "quoting"
    SMALL = "small"
    LARGE = "large"
    VOTING = "voting"


@dataclass(frozen=True, slots=True)
class Policy:
    """Up to which difficulty a route will do. `next` is the policy that a low budget moves to."""

    name: str
    quoting_up_to: float
    small_up_to: float
    next: str = ""


QUALITY, BALANCED, CHEAP, QUOTING = "quality", "balanced", "cheap", "quoting"
POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy(QUALITY, 0.0, 0.15, next=BALANCED),
        Policy(BALANCED, 0.0, 0.4, next=CHEAP),
        Policy(CHEAP, 0.15, 0.6),
        Policy(QUOTING, 1.0, 1.0),
    )
}
# Below these shares of a day's budget, the next cheaper policy counts, and then quoting alone;
# the cheap policy counts until then.
LOW, EMPTY = 0.2, 0.02
BUDGET_LOW, BUDGET_SPENT = "budget_low", "budget_spent"


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a question when its route is chosen.

    `margin` is how far the best article stands before the next, of `articles` that were found.
    `turns` were before it in the conversation; `failures` are of the last answers there: rated
    down, regenerated, broken off. `also` is the question in other words: as the customer put it.
    """

    text: str
    confidence: float
    margin: float = 0.0
    articles: int = 0
    turns: int = 0
    failures: int = 0
    is_sure: bool = True
    also: str = ""

    def noted(self) -> dict[str, Any]:
        """Return what a receipt keeps."""
        return {
            "confidence": round(self.confidence, 4),
            "margin": round(self.margin, 4),
            "articles": self.articles,
            "words": sentences.count_words(self.text),
            "turns": self.turns,
            "failures": self.failures,
        }


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to answer with, and how much of the budget is left (1: all, or no limit)."""

    policy: str = BALANCED
    has_small: bool = False
    has_large: bool = True
    budget_left: float = 1.0
    critical: Sequence[str] = ()
    votes: int = 0

    @property
    def asks_none(self) -> bool:
        """Say whether no model is asked, whatever the question."""
        return _affordable(self)[0].name == QUOTING


@dataclass(frozen=True, slots=True)
class Decision:
    """The route, and why. `votes`: how many samples are compared, on that route."""

    route: Route
    policy: str
    difficulty: float
    reasons: tuple[str, ...] = ()
    is_critical: bool = False
    votes: int = 0
    clues: Clues | None = None

    @property
    def is_degraded(self) -> bool:
        """Say whether a fuller purse would have chosen otherwise."""
        return not {BUDGET_LOW, BUDGET_SPENT}.isdisjoint(self.reasons)

    @property
    def is_out_of_budget(self) -> bool:
        """Say whether only quoting is left."""
        return BUDGET_SPENT in self.reasons

    def noted(self) -> dict[str, Any]:
        """Return what a receipt keeps."""
        return {
            "route": self.route.value,
            "policy": self.policy,
            "difficulty": round(self.difficulty, 4),
            "reasons": list(self.reasons),
            "critical": self.is_critical,
            **({"clues": self.clues.noted()} if self.clues else {}),
        }


_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_JOINS = re.compile(r"\b(?:and|or|but|also|then|while|if)\b|[,;:，；：、]", re.I)


def features(clues: Clues) -> dict[str, float]:
    """Return the numbers that difficulty weighs."""
    sure = min(max(clues.confidence, _LEAST_SURE), 1 - _LEAST_SURE)
    text = clues.text
    return {
        "doubt": math.log((1 - sure) / sure),
        "closeness": 1.0 - min(max(clues.margin, 0.0), 1.0),
        "length": math.log1p(sentences.count_words(text)),
        "parts": min(len(_JOINS.findall(text)), 5) / 5,
        "follows": float(clues.turns > 0),
        "unspaced": float(bool(_UNSPACED.search(text))),
    }


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, and the constant."""

    weights: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    def difficulty(self, clues: Clues) -> float:
        """Return how likely quoting fails at it: 0 to 1."""
        values = features(clues)
        odds = self.constant + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-_MOST_ODDS, min(_MOST_ODDS, odds))))


@cache
def model() -> Model:
    """Return the shipped model."""
    fitted = json.loads(FITTED.read_text("utf-8"))
    return Model(fitted["weights"], fitted["constant"])


def choose(clues: Clues, means: Means, fitted: Model | None = None) -> Decision:
    """Return the cheapest route that will do."""
    policy, reasons = _affordable(means)
    difficulty = (fitted or model()).difficulty(clues)
    is_critical = any(_speaks_of(means.critical, each) for each in (clues.text, clues.also))
    route, why = _route(clues, means, policy, difficulty, is_critical)
    return Decision(
        route,
        policy.name,
        difficulty,
        (*reasons, *why),
        is_critical,
        means.votes if route is Route.VOTING else 0,
        clues,
    )


def _route(
    clues: Clues, means: Means, policy: Policy, difficulty: float, is_critical: bool
) -> tuple[Route, tuple[str, ...]]:
    best = Route.LARGE if means.has_large else Route.SMALL
    if not (means.has_small or means.has_large):
        return Route.QUOTING, ("no_model",)
    if policy.name == QUOTING:
        # What a spent budget brings about has its reason already.
        return Route.QUOTING, ("policy",) if means.policy == QUOTING else ()
    is_low = means.budget_left <= LOW
    if is_critical:
        is_voted = means.votes > 1 and not is_low
        return Route.VOTING if is_voted else best, ("critical",)
    if clues.failures:
        kept = Route.SMALL if is_low and means.has_small else best
        return kept, ("failed_before",)
    if clues.is_sure and difficulty <= policy.quoting_up_to:
        return Route.QUOTING, ("easy",)
    if not (means.has_small and means.has_large):
        return best, ("only_model",)
    return (Route.SMALL, ("easy",)) if difficulty <= policy.small_up_to else (best, ("hard",))


def _affordable(means: Means) -> tuple[Policy, tuple[str, ...]]:
    """Return the policy that the budget still allows."""
    policy = POLICIES.get(means.policy, POLICIES[BALANCED])
    if means.budget_left <= EMPTY:
        return POLICIES[QUOTING], (BUDGET_SPENT,)
    if means.budget_left <= LOW and policy.next:
        return POLICIES[policy.next], (BUDGET_LOW,)
    return policy, ()


def _speaks_of(words: Sequence[str], text: str) -> bool:
    lowered = text.lower()
    return any(_pattern(word.lower()).search(lowered) for word in words if word)


@lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    """Whole words; Chinese and Japanese have none between which one could tell."""
    escaped = re.escape(word)
    return re.compile(escaped if _UNSPACED.search(word) else rf"(?<!\w){escaped}(?!\w)")

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
from functools import cache
from pathlib import Path
from typing import Any

FITTED = Path(__file__).with_name("routing.json")
_MOST_ODDS = 30.0


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


POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("quality", 0.0, 0.15, next="balanced"),
        Policy("balanced", 0.0, 0.5, next="cheap"),
        Policy("cheap", 0.25, 0.9, next="quoting"),
        Policy("quoting", 1.0, 1.0),
    )
}
# Below these shares of a day's budget, the next cheaper policy counts, and the one after it.
LOW, EMPTY = 0.2, 0.02


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a question when its route is chosen.

    `turns` were before it in the conversation; `failures` are of the last answers there: rated
    down, regenerated, broken off.
    """

    text: str
    confidence: float
    passages: int = 0
    turns: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to answer with, and how much of the budget is left (1: all, or no limit)."""

    policy: str = "balanced"
    has_small: bool = False
    has_large: bool = True
    budget_left: float = 1.0
    critical: Sequence[str] = ()
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The route, and why."""

    route: Route
    policy: str
    difficulty: float
    reasons: tuple[str, ...] = ()
    is_critical: bool = False

    def noted(self) -> dict[str, Any]:
        """Return what a receipt keeps."""
        return {
            "route": self.route.value,
            "policy": self.policy,
            "difficulty": round(self.difficulty, 4),
            "reasons": list(self.reasons),
            "critical": self.is_critical,
        }


_COMPARES = re.compile(
    r"\b(?:difference|compare[ds]?|versus|vs|better|instead|rather than)\b", re.I
)
_REASONS = re.compile(r"\b(?:why|what happens|what if|should i|explain|because)\b", re.I)
_LOOKS_UP = re.compile(r"^\W*(?:what|where|when|who|which|how (?:much|many|long|often))\b", re.I)
_JOINS = re.compile(r"\b(?:and|or|but|also|then|while|if)\b|[,;:]", re.I)


def features(clues: Clues) -> dict[str, float]:
    """Return the numbers that difficulty weighs."""
    words = len(clues.text.split())
    return {
        "doubt": 1.0 - clues.confidence,
        "length": math.log1p(words),
        "parts": min(len(_JOINS.findall(clues.text)), 5) / 5,
        "compares": float(bool(_COMPARES.search(clues.text))),
        "reasons": float(bool(_REASONS.search(clues.text))),
        "looks_up": float(bool(_LOOKS_UP.search(clues.text))),
        "turns": min(clues.turns, 6) / 6,
        "failures": min(clues.failures, 2) / 2,
    }


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, and the constant."""

    weights: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    def difficulty(self, clues: Clues) -> float:
        """Return how likely a cheap route fails at it: 0 to 1."""
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
    difficulty = (fitted or model()).difficulty(clues)
    policy, reasons = _affordable(means)
    is_critical = _is_critical(clues.text, means.critical)
    if not (means.has_small or means.has_large):
        return Decision(Route.QUOTING, policy.name, difficulty, (*reasons, "no_model"), is_critical)
    if is_critical and policy.name != "quoting":
        return _critical(policy, difficulty, reasons, means)
    if difficulty <= policy.quoting_up_to:
        return Decision(Route.QUOTING, policy.name, difficulty, (*reasons, "easy"), is_critical)
    if clues.failures and means.has_large:
        reasons = (*reasons, "failed_before")
    elif means.has_small and (difficulty <= policy.small_up_to or not means.has_large):
        return Decision(Route.SMALL, policy.name, difficulty, reasons, is_critical)
    route = Route.LARGE if means.has_large else Route.SMALL
    return Decision(route, policy.name, difficulty, reasons, is_critical)


def _affordable(means: Means) -> tuple[Policy, tuple[str, ...]]:
    """Return the policy that the budget still allows."""
    policy = POLICIES.get(means.policy, POLICIES["balanced"])
    if means.budget_left <= EMPTY:
        return POLICIES["quoting"], ("budget_spent",)
    if means.budget_left <= LOW and policy.next:
        return POLICIES[policy.next], ("budget_low",)
    return policy, ()


def _critical(
    policy: Policy, difficulty: float, reasons: tuple[str, ...], means: Means
) -> Decision:
    reasons = (*reasons, "critical")
    route = Route.LARGE if means.has_large else Route.SMALL
    if means.votes > 1 and "budget_low" not in reasons:
        route = Route.VOTING
    return Decision(route, policy.name, difficulty, reasons, is_critical=True)


def _is_critical(text: str, words: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(
        re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", lowered) for word in words if word
    )

"""Which turns are worth a person's time, for which reason, and how urgent each is.

What is shipped stands here; staff keep their own beside it (ReviewRule), for all or for one
workspace or language. The most particular rule of a reason counts alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from supportapp.conversations.models import Turn
from supportapp.review.models import ReviewItem, ReviewRule

Reason = ReviewItem.Reason
# What one of these saw or did, a person should see; the others are everyday work.
GUARDS = frozenset(
    (
        "abuse",
        "compliance",
        "distress",
        "injection",
        "leaks",
        "links",
        "off_topic",
        "others_data",
        "promises",
        "tone",
    )
)
SUPPORT_GUARDS = frozenset(("support", "figures", "negation"))


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to look at a turn. `threshold` is read by what THRESHOLDS says of the reason."""

    reason: str
    priority: int
    threshold: float | None = None
    percent: float = 100.0
    at_least: int = 0
    is_on: bool = True

    def takes(self, turn_id: UUID) -> bool:
        """Decide the share by the turn's random id, so that asking again decides the same."""
        return self.is_on and turn_id.int % 10_000 < self.percent * 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What a finished turn's receipt says of it, as far as rules read it."""

    outcome: str
    confidence: float | None = None
    nearest: float | None = None
    guards: frozenset[str] = frozenset()
    is_remembered: bool = False


# A person's time goes first to what a customer complained of, then to those whom we didn't help,
# then to what looks weak, and to the random sample that shows what nobody complained of.
SHIPPED: Mapping[str, Rule] = {
    rule.reason: rule
    for rule in (
        Rule(Reason.LOW_RATED, 30),
        Rule(Reason.SIGNALS, 25, threshold=-0.8),
        Rule(Reason.GUARDRAIL, 22),
        Rule(Reason.ASKED_PERSON, 20),
        Rule(Reason.LOW_SUPPORT, 18, threshold=0.68, percent=50.0),
        Rule(Reason.NEW_TOPIC, 15, threshold=0.25, percent=50.0),
        Rule(Reason.REMEMBERED, 12, percent=5.0),
        Rule(Reason.SAMPLED, 10, at_least=5),
    )
}
THRESHOLDS = {
    Reason.SIGNALS: "weight of all signs together, at most",
    Reason.LOW_SUPPORT: "confidence of the search, below",
    Reason.NEW_TOPIC: "nearness of the nearest passage, below",
}


def current(workspace_id: int, language: str = "") -> dict[str, Rule]:
    """Return the rule of each reason that counts here; one query."""
    rules = {**SHIPPED, Reason.SAMPLED: _sampled()}
    rows = ReviewRule.objects.filter(
        Q(workspace=None) | Q(workspace=workspace_id), language__in={"", language}
    )
    for row in sorted(rows, key=lambda row: (bool(row.language), row.workspace_id is not None)):
        rules[row.reason] = Rule(
            reason=row.reason,
            priority=row.priority,
            threshold=_threshold(row),
            percent=row.percent,
            at_least=row.at_least,
            is_on=row.is_on,
        )
    return rules


def facts_of(turn: Turn) -> Facts:
    """Read a turn's receipt."""
    receipt = turn.receipt
    near = [each.get("vector_score") for each in receipt.get("candidates") or ()]
    memory = receipt.get("memory") or {}
    return Facts(
        outcome=turn.outcome,
        confidence=receipt.get("confidence"),
        nearest=max((score for score in near if score is not None), default=None),
        guards=frozenset(each["guard"] for each in receipt.get("guards") or ()),
        is_remembered=memory.get("outcome") == "hit",
    )


def matching(facts: Facts, rules: Mapping[str, Rule]) -> list[Rule]:
    """Return the rules that a finished turn meets, most urgent first. Shares aren't drawn yet."""
    met = {
        Reason.GUARDRAIL: bool(facts.guards & GUARDS),
        Reason.LOW_SUPPORT: facts.outcome == "answered"
        and (
            bool(facts.guards & SUPPORT_GUARDS)
            or _below(facts.confidence, rules[Reason.LOW_SUPPORT])
        ),
        Reason.NEW_TOPIC: facts.outcome in ("answered", "no_evidence")
        and _below(facts.nearest, rules[Reason.NEW_TOPIC]),
        Reason.REMEMBERED: facts.is_remembered,
        Reason.SAMPLED: True,
    }
    found = [rules[reason] for reason, is_met in met.items() if is_met]
    return sorted(found, key=lambda rule: -rule.priority)


def _below(value: float | None, rule: Rule) -> bool:
    return value is not None and rule.threshold is not None and value < rule.threshold


def _sampled() -> Rule:
    return replace(SHIPPED[Reason.SAMPLED], percent=settings.REVIEW_SAMPLE_PERCENT)


def _threshold(row: ReviewRule) -> float | None:
    return SHIPPED[row.reason].threshold if row.threshold is None else row.threshold

"""What is known of a rollout's two sides: counts, rates with their intervals, judgements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    QuerySet,
    Value,
    When,
)

from supportapp.answering.intervals import Interval, wilson
from supportapp.answering.models import Judgement, Rollout, RolloutTurn, ShadowAnswer, Side

DOWN, DECLINED, ERRORS, BLOCKED, FIRST_TOKEN = "down", "declined", "errors", "blocked", "first"
NAMES = {
    DOWN: "rated down",
    DECLINED: "declined",
    ERRORS: "errors",
    BLOCKED: "blocked by a guardrail",
    FIRST_TOKEN: "time to first token",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened."""

    count: int
    total: int

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> Interval:
        return wilson(self.count, self.total)

    @property
    def percent(self) -> str:
        return f"{100 * self.value:.1f}%"

    @property
    def between(self) -> str:
        """Return the interval in words."""
        return f"{100 * self.interval.low:.0f}–{100 * self.interval.high:.0f}%"


@dataclass(frozen=True, slots=True)
class Figures:
    """One side. `first_ms` is the time within which 95 of 100 answers began."""

    turns: int
    up: int
    rates: dict[str, Rate]
    first_ms: float | None

    @classmethod
    def of(cls, row: dict[str, Any]) -> Figures:
        total = row["total"]
        names = (DOWN, DECLINED, ERRORS, BLOCKED)
        return cls(
            total,
            row.get("up", 0),
            {name: Rate(row[name], total) for name in names if name in row},
            row["first_ms"],
        )


@dataclass(frozen=True, slots=True)
class Breach:
    """A guard that the candidate went past."""

    guard: str
    turns: int
    says: str


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How often each side was judged better."""

    production: int
    candidate: int
    tie: int

    @property
    def total(self) -> int:
        return self.production + self.candidate + self.tie

    @property
    def wins(self) -> Rate:
        """Return the candidate's share of the pairs that one side won."""
        return Rate(self.candidate, self.production + self.candidate)


class _Percentile(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.95) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class _Milliseconds(Aggregate):
    """The 95th percentile of a duration, in milliseconds."""

    function = "PERCENTILE_CONT"
    template = (
        "1000 * EXTRACT(EPOCH FROM %(function)s(0.95) WITHIN GROUP (ORDER BY %(expressions)s))"
    )
    output_field = FloatField()


def sides(rollout: Rollout) -> dict[str, Figures]:
    """Return the figures of both sides, by side."""
    production = rollout.mode == Rollout.Mode.CANARY
    turns = RolloutTurn.objects.filter(rollout=rollout)
    found = {
        Side.PRODUCTION.value: Figures.of(_turns(turns.filter(side=Side.PRODUCTION))),
        Side.CANDIDATE.value: Figures.of(_turns(turns.filter(side=Side.CANDIDATE))),
    }
    if not production:
        found[Side.PRODUCTION.value] = Figures.of(_shadowed(rollout))
        found[Side.CANDIDATE.value] = Figures.of(_shadows(rollout))
    return found


def breach(rollout: Rollout) -> Breach | None:
    """Return the first guard that the candidate breached; None before it answered enough."""
    candidate = sides(rollout)[Side.CANDIDATE.value]
    if candidate.turns < rollout.least_turns:
        return None
    limits = {
        DOWN: rollout.most_down,
        DECLINED: rollout.most_declined,
        ERRORS: rollout.most_errors,
        BLOCKED: rollout.most_blocked,
    }
    for name, limit in limits.items():
        rate = candidate.rates.get(name)
        if limit is not None and rate is not None and rate.value > limit:
            says = (
                f"{NAMES[name].capitalize()}: {rate.percent} of {rate.total} answers, more than "
                f"{100 * limit:g}%."
            )
            return Breach(name, candidate.turns, says)
    slowest = rollout.most_first_token_ms
    if slowest is not None and candidate.first_ms is not None and candidate.first_ms > slowest:
        says = f"Time to first token: {candidate.first_ms:.0f} ms (p95), more than {slowest} ms."
        return Breach(FIRST_TOKEN, candidate.turns, says)
    return None


def verdicts(rollout: Rollout, *, by_model: bool) -> Verdicts:
    """Return the pairwise judgements, the model's or people's."""
    rows = Judgement.objects.filter(shadow__rollout=rollout, judge__isnull=by_model)
    counts = dict(rows.values_list("verdict").annotate(count=Count("pk")))
    kinds = Judgement.Verdict
    return Verdicts(
        *(counts.get(each, 0) for each in (kinds.PRODUCTION, kinds.CANDIDATE, kinds.TIE))
    )


def _turns(turns: QuerySet[RolloutTurn]) -> dict[str, Any]:
    """Count turns that came to an end of their own; stopped ones say nothing."""
    ended = turns.filter(turn__state__in=("answered", "failed"))
    return _counted(ended, "turn__")


def _shadowed(rollout: Rollout) -> dict[str, Any]:
    """Count the answers that customers got, of the turns that the candidate answered too."""
    return _counted(ShadowAnswer.objects.filter(rollout=rollout), "turn__")


def _counted(rows: QuerySet[Any], turn: str) -> dict[str, Any]:
    waited = ExpressionWrapper(
        F(f"{turn}first_token_at") - F(f"{turn}created_at"), output_field=DurationField()
    )
    begun = {f"{turn}outcome": "answered", f"{turn}first_token_at__isnull": False}
    # The visitor of a turn is one, so is their feedback: the join adds no rows.
    return rows.aggregate(
        total=Count("pk"),
        up=Count("pk", filter=Q(**{f"{turn}feedback__value": "up"})),
        down=Count("pk", filter=Q(**{f"{turn}feedback__value": "down"})),
        declined=Count("pk", filter=Q(**{f"{turn}outcome": "no_evidence"})),
        errors=Count("pk", filter=Q(**{f"{turn}state": "failed"})),
        blocked=Count("pk", filter=Q(**{f"{turn}outcome": "blocked"})),
        first_ms=_Milliseconds(
            Case(When(**begun, then=waited), default=Value(None), output_field=DurationField())
        ),
    )


def _shadows(rollout: Rollout) -> dict[str, Any]:
    return ShadowAnswer.objects.filter(rollout=rollout).aggregate(
        total=Count("pk"),
        declined=Count("pk", filter=Q(outcome="no_evidence")),
        errors=Count("pk", filter=~Q(error="")),
        blocked=Count("pk", filter=Q(outcome="blocked")),
        first_ms=_Percentile("first_token_ms"),
    )


def rows(found: dict[str, Figures]) -> Sequence[tuple[str, Rate | None, Rate | None]]:
    """Return the rates of both sides, one name at a time, for a table."""
    one, other = found[Side.PRODUCTION.value], found[Side.CANDIDATE.value]
    return [
        (name.capitalize(), one.rates.get(key), other.rates.get(key))
        for key, name in NAMES.items()
        if key != FIRST_TOKEN
    ]

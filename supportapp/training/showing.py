"""What the pages of training show."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import Count

from supportapp.gateway import registry
from supportapp.knowledge.models import Workspace
from supportapp.training import consents, fine_tunings, registering, sets
from supportapp.training.models import (
    Consent,
    FineTuning,
    SyntheticBatch,
    SyntheticQuestion,
    TrainingSet,
)

LISTED = 10
SHOWN_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class SetRow:
    """One training set in the list."""

    made: TrainingSet
    sources: list[tuple[str, int]]
    left_out: list[tuple[str, int]]
    rows: int
    tokens: int
    stale: int


def overview(workspace: Workspace) -> dict[str, Any]:
    """Return what the first page shows."""
    found = TrainingSet.objects.filter(workspace=workspace).select_related("author")
    listed = [_row(each) for each in found.prefetch_related("files")[:LISTED]]
    batches = SyntheticBatch.objects.filter(workspace=workspace).annotate(made=Count("questions"))
    jobs = FineTuning.objects.filter(workspace=workspace).select_related("registered")
    return {
        "workspace": workspace,
        "consent": consents.of(workspace),
        "decisions": Consent.objects.filter(workspace=workspace).select_related("decided_by")[
            :LISTED
        ],
        "kinds": TrainingSet.Kind.choices,
        "sets": listed,
        "trainable": [each for each in listed if each.rows and not each.stale],
        "batches": batches.order_by("-pk")[:LISTED],
        "jobs": jobs[:LISTED],
        "models": [each.endpoint for each in registry.configured()],
        "mark": uuid4(),
    }


def batch(found: SyntheticBatch) -> dict[str, Any]:
    """Return what the page of one order of questions shows."""
    rows = found.questions.select_related("article__published", "passage")
    fates = dict(rows.values_list("fate").annotate(count=Count("pk")).order_by())
    return {
        "workspace": found.workspace,
        "batch": found,
        "fates": [(label, fates.get(value, 0)) for value, label in SyntheticQuestion.Fate.choices],
        "questions": rows.order_by("article", "pk")[:SHOWN_QUESTIONS],
    }


def fine_tuning(job: FineTuning) -> dict[str, Any]:
    """Return what the page of one fine-tuning shows."""
    both = registering.sides(job)
    return {
        "workspace": job.workspace,
        "job": job,
        "cost": _dollars(fine_tunings.cost(job)),
        "estimate": _dollars(fine_tunings.estimate(job.training_set, job.epochs, job.price)),
        "sides": [(each, _figures(each)) for each in both] if both else [],
        "is_compared": registering.is_compared(job),
        "events": job.events,
    }


def _row(made: TrainingSet) -> SetRow:
    files = list(made.files.all())
    return SetRow(
        made=made,
        sources=list(made.figures.get("sources", {}).items()),
        left_out=list(made.figures.get("left_out", {}).items()),
        rows=sum(each.rows for each in files),
        tokens=sum(each.tokens for each in files),
        stale=sets.stale(made),
    )


def _figures(side: registering.Side) -> list[tuple[str, str]]:
    """Return one model's quality and cost, in words."""
    scores = side.run.figures.get("scorers", {})
    shown = [
        (name.replace("_", " "), f"{value:.2f}")
        for name, each in scores.items()
        if (value := _mean(each)) is not None
    ]
    each = side.cost_each
    return [*shown, ("cost of one answer", _dollars(each) or "not known")]


def _mean(score: object) -> float | None:
    value = score.get("mean") if isinstance(score, dict) else score
    return float(value) if isinstance(value, int | float) else None


def _dollars(amount: Decimal | None) -> str:
    if amount is None:
        return ""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.4f}"

"""Comparisons that staff ask for: kept, run once by the worker, with signs of life."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.evals import comparing
from supportapp.evals.benchmark import BenchmarkError
from supportapp.evals.models import Comparison
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.outbox import events as outbox

RUN = "supportapp.evals.tasks.run_comparison"
# Longer than any one question or request: then the worker is dead, and another begins anew.
QUIET = timedelta(minutes=3)
State = Comparison.State


def start(
    name: str,
    workspace: Workspace,
    models: Sequence[EmbeddingModel],
    questions: str,
    author: User | None,
) -> Comparison:
    """Keep what is to be compared and hand it to the worker. Raises BenchmarkError."""
    comparing.of_workspace(name, workspace, comparing.parse(questions))
    first, second = models
    with transaction.atomic():
        comparison = Comparison.objects.create(
            name=name,
            workspace=workspace,
            first=first.name,
            second=second.name,
            questions=questions,
            author=author,
        )
        outbox.add(RUN, comparison_id=comparison.pk)
    return comparison


def run(comparison_id: int, now: datetime) -> bool:
    """Run a comparison. False where another worker is at it: it gave a sign of life just now."""
    taken = Comparison.objects.filter(
        Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lt=now - QUIET),
        pk=comparison_id,
    ).update(state=State.RUNNING, updated_at=timezone.now())
    if not taken:
        return not Comparison.objects.filter(pk=comparison_id, state=State.RUNNING).exists()
    comparison = Comparison.objects.select_related("workspace").get(pk=comparison_id)
    try:
        figures = _compared(comparison)
    except (BenchmarkError, EmbeddingUnavailable) as error:
        _end(comparison, state=State.FAILED, message=str(error)[:300])
    else:
        _end(comparison, state=State.DONE, figures=figures)
    return True


def _compared(comparison: Comparison) -> dict[str, Any]:
    names = (comparison.first, comparison.second)
    models = EmbeddingModel.objects.exclude(state=EmbeddingModel.State.RETIRED).filter(
        name__in=names
    )
    known = {model.name: model for model in models}
    if gone := [name for name in names if name not in known]:
        raise BenchmarkError(f"There is no model {gone[0]} any more.")
    questions = comparing.of_workspace(
        comparison.name, comparison.workspace, comparing.parse(comparison.questions)
    )
    first, second = (known[name] for name in names)
    return comparing.compare(questions, first, second, SignsOfLife(comparison.pk))


def _end(comparison: Comparison, **values: Any) -> None:
    Comparison.objects.filter(pk=comparison.pk).update(updated_at=timezone.now(), **values)


class SignsOfLife:
    """Writes a comparison's progress down, once a second at most."""

    def __init__(self, comparison_id: int) -> None:
        self._id = comparison_id
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        Comparison.objects.filter(pk=self._id).update(
            stage=stage, done=done, total=total, updated_at=timezone.now()
        )

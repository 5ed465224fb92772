"""What runs of datasets came to with a prompt version; shown beside the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from supportapp.answering.models import PromptScore, PromptVersion


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure, and between what the true one lies."""

    value: float
    low: float | None = None
    high: float | None = None


def version(workspace_id: int, purpose: str, sha256: str) -> PromptVersion | None:
    """Return the version that a receipt names."""
    rows = PromptVersion.objects.filter(workspace=workspace_id, purpose=purpose, sha256=sha256)
    return rows.first()


@transaction.atomic
def record(prompt: PromptVersion, dataset: str, run: str, measured: Mapping[str, Measured]) -> None:
    """Keep a run's figures. The same run again replaces its own."""
    for metric, figure in measured.items():
        PromptScore.objects.update_or_create(
            prompt=prompt,
            dataset=dataset,
            run=run,
            metric=metric,
            defaults={"value": figure.value, "low": figure.low, "high": figure.high},
        )

"""The memory's numbers: a workspace's own where it has any, the shipped ones otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from supportapp.caching import likeness
from supportapp.caching.models import MemoryPolicy
from supportapp.row_versions import Kept, Rows

STRICTEST = 0.9999


@dataclass(frozen=True, slots=True)
class Knobs:
    """What counts for one workspace now."""

    is_on: bool
    error_budget: float
    threshold: float
    shadow_share: float


def of(workspace_id: int) -> Knobs:
    """Return a workspace's numbers."""
    row = _OWN.of(workspace_id, workspace=workspace_id)
    if row is None:
        budget = settings.CACHE_ERROR_BUDGET
        return Knobs(settings.CACHE_ON, budget, shipped(budget), settings.CACHE_SHADOW_SHARE)
    is_on, budget, threshold, share = row
    counts = shipped(budget) if threshold is None else threshold
    return Knobs(is_on and settings.CACHE_ON, budget, counts, share)


def _own(workspace_id: int) -> tuple[bool, float, float | None, float] | None:
    mine = MemoryPolicy.objects.filter(workspace=workspace_id)
    return mine.values_list("is_on", "error_budget", "threshold", "shadow_share").first()


_OWN = Kept(_own, Rows.of(MemoryPolicy, by_workspace=True))


def shipped(budget: float) -> float:
    """Return the threshold that kept this error budget on the data that the weights come from."""
    known = likeness.thresholds()
    kept = [each for each in known if each <= budget + 1e-12]
    return known[max(kept)] if kept else STRICTEST

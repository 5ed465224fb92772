"""Set a workspace's threshold by its error budget: from shipped data and its own shadows."""

from __future__ import annotations

from django.utils import timezone

from supportapp.caching import knobs, shadows
from supportapp.caching.models import MemoryPolicy
from supportapp.knowledge.models import Workspace


def calibrate(workspace: Workspace, budget: float | None = None) -> MemoryPolicy:
    """Store the threshold that keeps the budget; it counts from the next question on."""
    policy = MemoryPolicy.objects.filter(workspace=workspace).first()
    counts = knobs.of(workspace.pk)
    if policy is None:
        policy = MemoryPolicy(
            workspace=workspace,
            error_budget=counts.error_budget,
            shadow_share=counts.shadow_share,
        )
    if budget is not None:
        policy.error_budget = budget
    hits = shadows.judged(workspace.pk)
    policy.threshold = shadows.threshold_for(policy.error_budget, hits)
    policy.calibrated_at = timezone.now()
    policy.calibrated_on = {
        "judged": len(hits),
        "wrong": sum(wrong for _, wrong in hits),
        "shipped_threshold": knobs.shipped(policy.error_budget),
    }
    policy.save()
    return policy

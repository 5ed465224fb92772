"""Celery's door: snapshots of keyword indexes, renewed in the background."""

from celery import shared_task

from supportapp.knowledge.models import Workspace
from supportapp.retrieval import indexes


@shared_task(name="supportapp.retrieval.tasks.renew_snapshots")
def renew_snapshots() -> int:
    """Make newer snapshots where enough changed. Returns how many were made."""
    homes = Workspace.objects.order_by("pk").values_list("pk", flat=True)
    return sum(indexes.renew_snapshot(workspace_id) for workspace_id in list(homes))

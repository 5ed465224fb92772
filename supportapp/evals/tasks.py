"""Celery's door: comparisons, in the background."""

from celery import shared_task
from django.utils import timezone

from supportapp.evals import comparisons
from supportapp.outbox import events as outbox


@shared_task(
    name="supportapp.evals.tasks.run_comparison", acks_late=True, reject_on_worker_lost=True
)
def run_comparison(comparison_id: int, event_id: str) -> None:
    """Compare two embedding models."""
    if comparisons.run(comparison_id, timezone.now()):
        with outbox.once(event_id):
            pass

"""Celery's door: comparisons and runs of datasets, in the background."""

import time

from celery import shared_task
from django.db import DatabaseError, transaction
from django.utils import timezone

from supportapp.evals import carrying, comparisons, running
from supportapp.evals.carrying import Ended, Limits
from supportapp.outbox import events as outbox

# Well below the time after which the worker is ended; the rest is another task.
SLICE_SECONDS = 240


@shared_task(
    name="supportapp.evals.tasks.run_comparison", acks_late=True, reject_on_worker_lost=True
)
def run_comparison(comparison_id: int, event_id: str) -> None:
    """Compare two embedding models."""
    if comparisons.run(comparison_id, timezone.now()):
        with outbox.once(event_id):
            pass


@shared_task(name=running.TASK, acks_late=True, reject_on_worker_lost=True)
def run_dataset(run_id: int, event_id: str) -> None:
    """Carry a run on for a while; what is left then is promised anew."""
    try:
        ended = carrying.carry_on(run_id, limits=Limits(deadline=time.monotonic() + SLICE_SECONDS))
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if ended is Ended.NOT_FREE and running.is_running(run_id):
        return
    with transaction.atomic(), outbox.once(event_id) as first:
        if first and ended is Ended.PAUSED:
            outbox.add(running.TASK, run_id=run_id)

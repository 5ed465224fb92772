"""Celery's door: comparisons and runs of datasets, in the background."""

import time

from celery import shared_task
from django.db import DatabaseError, transaction
from django.utils import timezone

from supportapp.evals import carrying, comparisons, pairing, running
from supportapp.evals.carrying import Ended, Limits
from supportapp.evals.models import Run
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


@shared_task(name=pairing.TASK, acks_late=True, reject_on_worker_lost=True)
def judge_pairs(before_id: int, after_id: int, event_id: str) -> None:
    """Let a model compare two runs' answers; those judged already are left alone."""
    runs = Run.objects.select_related("dataset__workspace").in_bulk([before_id, after_id])
    if len(runs) == 2:
        pairing.judge(runs[before_id], runs[after_id])
    with outbox.once(event_id):
        pass

"""Celery's door: training sets, synthetic questions, fine-tuning jobs."""

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from supportapp.outbox import events as outbox
from supportapp.training import fine_tunings, inventing, sets


@shared_task(name="supportapp.training.tasks.make_set", acks_late=True, reject_on_worker_lost=True)
def make_set(set_id: int, event_id: str) -> None:
    """Make a training set. Doing it again goes on with the same."""
    try:
        is_done = sets.make(set_id, timezone.now())
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if is_done:
        with outbox.once(event_id):
            pass


@shared_task(name="supportapp.training.tasks.invent", acks_late=True, reject_on_worker_lost=True)
def invent(batch_id: int, event_id: str) -> None:
    """Make questions up. Doing it again goes on behind the last passage."""
    try:
        is_done = inventing.run(batch_id, timezone.now())
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if is_done:
        with outbox.once(event_id):
            pass


@shared_task(name="supportapp.training.tasks.follow", ignore_result=True)
def follow() -> None:
    """Take every fine-tuning that is due a step further."""
    fine_tunings.follow_all(timezone.now())


@shared_task(name="supportapp.training.tasks.forget_stale", ignore_result=True)
def forget_stale() -> None:
    """Delete files whose conversations were deleted, or whose consent was taken back."""
    sets.forget_stale()

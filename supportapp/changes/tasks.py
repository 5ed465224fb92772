"""Celery's door: replays of drafts, in slices, and recalls."""

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from supportapp.changes import replaying, telling
from supportapp.changes.replaying import Ended
from supportapp.outbox import events as outbox


@shared_task(name=replaying.RUN, acks_late=True, reject_on_worker_lost=True)
def run_replays(change_id: int, attempt: int, event_id: str) -> None:
    """Replay for a while, and promise the rest. Delivered twice, one of the two goes on."""
    try:
        ended = replaying.run(change_id, attempt, timezone.now())
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if ended is Ended.BUSY:
        return
    with outbox.once(event_id) as first:
        if first and ended is Ended.MORE:
            outbox.add(replaying.RUN, change_id=change_id, attempt=attempt)


@shared_task(name=telling.RUN, acks_late=True, reject_on_worker_lost=True)
def tell_everyone(recall_id: int, event_id: str) -> None:
    """Tell for a while, and promise the rest. Each conversation is told once."""
    try:
        is_over = telling.run(recall_id)
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    with outbox.once(event_id) as first:
        if first and not is_over:
            outbox.add(telling.RUN, recall_id=recall_id)

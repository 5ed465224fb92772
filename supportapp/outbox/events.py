"""Promise work in a transaction (`add`), do it once (`once`), see what failed.

Pattern: transactional outbox with idempotent consumers. A row is written with the data it is
about, so a crash loses neither; the relay sends it at least once; `once` makes its effect count
once.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from supportapp.outbox.models import OutboxEvent
from supportapp.outbox.relay import nudge

logger = logging.getLogger(__name__)
LONGEST_DELAY = timedelta(minutes=10)
Identifier = str | int | UUID


def add(task: str, **ids: Identifier) -> OutboxEvent:
    """Promise one run of a Celery task, as part of the caller's transaction.

    `task` is the task's dotted name; `ids` are ids and short codes, never customers' text.
    """
    payload = {
        name: str(value) if isinstance(value, UUID) else value for name, value in ids.items()
    }
    event = OutboxEvent.objects.create(task=task, payload=payload)
    transaction.on_commit(nudge)
    return event


@contextmanager
def once(event_id: str | UUID) -> Iterator[bool]:
    """Open a transaction for an event's effect; yields False where it was already had.

    The row stays locked until the effect is committed with it, so a second delivery waits and
    then finds it done. An exception rolls back the effect, is recorded, and goes on up.
    """
    try:
        with transaction.atomic():
            event = (
                OutboxEvent.objects.select_for_update()
                .filter(pk=event_id)
                .exclude(state=OutboxEvent.State.DONE)
                .first()
            )
            yield event is not None
            if event is not None:
                event.state = OutboxEvent.State.DONE
                event.done_at = timezone.now()
                event.last_error = ""
                event.save(update_fields=["state", "done_at", "last_error"])
    except Exception as error:
        failed(event_id, error)
        raise


def failed(event_id: str | UUID, error: Exception) -> None:
    """Record why an event's run failed; it is sent again later, each time after a longer wait.

    Only the kind of error is kept: messages may quote what a customer wrote.
    """
    event = OutboxEvent.objects.filter(pk=event_id).exclude(state=OutboxEvent.State.DONE).first()
    if event is None:
        return
    event.last_error = type(error).__name__
    event.due_at = timezone.now() + retry_delay(event.attempts)
    event.save(update_fields=["last_error", "due_at"])
    logger.warning(
        "outbox.failed",
        extra={
            "fields": {
                "event_id": str(event_id),
                "task": event.task,
                "attempts": event.attempts,
                "error": event.last_error,
            }
        },
    )


def retry_delay(attempts: int) -> timedelta:
    """Wait 2, 4, 8 … seconds between failed runs, ten minutes at most."""
    return min(timedelta(seconds=2 ** min(max(attempts, 1), 12)), LONGEST_DELAY)

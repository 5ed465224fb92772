"""Carry promised work from the table to the worker: at least once, and not for ever."""

import logging
import time
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from kombu.exceptions import OperationalError

from supportapp.outbox.models import OutboxEvent

logger = logging.getLogger(__name__)
BATCH = 500
QUIET_SECONDS = 5.0
NEVER_FINISHED = "NeverFinished"
_quiet_until = 0.0
_began = 0.0


def nudge() -> None:
    """Ask the worker to relay now. Best effort: the beat does it anyway within seconds.

    While the broker is away, it isn't asked again for a few seconds, so that a customer's request
    never waits for a time-out each time.
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task(
            "supportapp.outbox.tasks.relay",
            kwargs={"nudged_at": time.time()},
            expires=30,
            retry=False,
        )
    except OperationalError:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("outbox.broker_away")


def begin(nudged_at: float | None) -> bool:
    """Say whether a run is needed: not where another began here after the nudge.

    That one sees what the nudge was about. Where clocks differ too much for this to hold, the beat
    runs within seconds.
    """
    global _began
    if nudged_at is not None and nudged_at < _began:
        return False
    _began = time.time()
    return True


def claim(now: datetime, most: int = BATCH) -> list[OutboxEvent]:
    """Take the events that are due, so that no other relay takes them too.

    An event that was sent but not done in time is due again. One that a worker is busy with is
    locked by `events.once`, and so left alone however long it takes.
    """
    with transaction.atomic():
        due = list(_due(now).filter(attempts__lt=settings.OUTBOX_MAX_ATTEMPTS)[:most])
        for event in due:
            event.state = OutboxEvent.State.SENT
            event.attempts += 1
            event.due_at = now + timedelta(seconds=settings.OUTBOX_RESEND_SECONDS)
        OutboxEvent.objects.bulk_update(due, ["state", "attempts", "due_at"])
    return due


def give_up(now: datetime) -> int:
    """Stop sending what failed OUTBOX_MAX_ATTEMPTS times; the admin shows it, and why."""
    with transaction.atomic():
        spent = list(_due(now).filter(attempts__gte=settings.OUTBOX_MAX_ATTEMPTS)[:BATCH])
        for event in spent:
            event.state = OutboxEvent.State.DEAD
            event.last_error = event.last_error or NEVER_FINISHED
            logger.error(
                "outbox.dead",
                extra={
                    "fields": {
                        "task": event.task,
                        "event_id": str(event.pk),
                        "error": event.last_error,
                    }
                },
            )
        OutboxEvent.objects.bulk_update(spent, ["state", "last_error"])
    return len(spent)


def _due(now: datetime) -> QuerySet[OutboxEvent]:
    return (
        OutboxEvent.objects.select_for_update(skip_locked=True)
        .filter(state__in=[OutboxEvent.State.WAITING, OutboxEvent.State.SENT], due_at__lte=now)
        .order_by("due_at")
    )


def send(events: list[OutboxEvent]) -> int:
    """Send claimed events to the broker; where it is away, they are due again at once."""
    for position, event in enumerate(events):
        try:
            current_app.send_task(
                event.task, kwargs={**event.payload, "event_id": str(event.pk)}, retry=False
            )
        except OperationalError:
            _give_back(events[position:])
            logger.warning("outbox.broker_away")
            return position
    return len(events)


def _give_back(events: list[OutboxEvent]) -> None:
    """Undo a claim that never reached the broker: it was no attempt.

    Conditional, because a message may arrive although sending it raised: what the worker did
    meanwhile stays done.
    """
    OutboxEvent.objects.filter(
        pk__in=[event.pk for event in events], state=OutboxEvent.State.SENT
    ).update(
        state=OutboxEvent.State.WAITING,
        attempts=F("attempts") - 1,
        due_at=F("due_at") - timedelta(seconds=settings.OUTBOX_RESEND_SECONDS),
    )

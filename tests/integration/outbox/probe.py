"""Tasks for the outbox's tests: each leaves one countable row, in the way that real tasks do."""

import time

import redis
from celery import shared_task
from django.conf import settings

from supportapp.outbox import events as outbox
from supportapp.outbox.models import OutboxEvent

COUNT = "tests.integration.outbox.probe.count"
SLOW = "tests.integration.outbox.probe.slow"
BROKEN = "tests.integration.outbox.probe.broken"
EFFECT = "effect"


def leave(label: str) -> None:
    """The effect: one row, in the same transaction as the event's end."""
    OutboxEvent.objects.create(task=EFFECT, payload={"label": label}, state=OutboxEvent.State.DONE)


def effects(label: str) -> int:
    """Count the effects that were had."""
    return OutboxEvent.objects.filter(task=EFFECT, payload__label=label).count()


@shared_task(name=COUNT)
def count(label: str, event_id: str) -> None:
    with outbox.once(event_id) as first:
        if first:
            leave(label)


@shared_task(name=SLOW)
def slow(label: str, event_id: str) -> None:
    """Have the effect, say so, and wait until it is allowed to commit."""
    with outbox.once(event_id) as first:
        if first:
            leave(label)
            with redis.Redis.from_url(settings.REDIS_URL) as client:
                client.incr(f"started:{label}")
                while not client.exists(f"go:{label}"):
                    time.sleep(0.02)


@shared_task(name=BROKEN)
def broken(label: str, event_id: str) -> None:
    with outbox.once(event_id):
        leave(label)
        raise LookupError("the customer wrote: my card is 4111 1111 1111 1111")

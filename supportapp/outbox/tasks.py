"""The relay as a Celery task; each run also tells the health page that the worker lives."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from supportapp.outbox import health
from supportapp.outbox import relay as relaying
from supportapp.outbox.models import OutboxEvent

KEEP_DONE = timedelta(days=7)


@shared_task(name="supportapp.outbox.tasks.relay")
def relay(nudged_at: float | None = None) -> int:
    """Send every event that is due. Returns how many were sent."""
    if not relaying.begin(nudged_at):
        return 0
    health.beat()
    relaying.give_up(timezone.now())
    sent = 0
    while events := relaying.claim(timezone.now()):
        delivered = relaying.send(events)
        sent += delivered
        if delivered < len(events):
            break
    return sent


@shared_task(name="supportapp.outbox.tasks.forget_done")
def forget_done() -> int:
    """Delete events that were done a week ago."""
    old = OutboxEvent.objects.filter(
        state=OutboxEvent.State.DONE, done_at__lt=timezone.now() - KEEP_DONE
    )
    return old.delete()[0]

"""Celery's door: facts every minute, the digest on Mondays, its mails. Each counts once."""

from celery import shared_task
from django.utils import timezone

from supportapp.insight import digests, facts
from supportapp.outbox import events as outbox

# A run makes so many batches at most, and leaves the rest to the next one.
BATCHES = 40


@shared_task(name="supportapp.insight.tasks.count_turns", ignore_result=True)
def count_turns() -> int:
    """Make the facts of turns that are over; returns how many wait for the next run."""
    return facts.catch_up(BATCHES)


@shared_task(name="supportapp.insight.tasks.report_week", ignore_result=True)
def report_week() -> int:
    """Report the last week where that wasn't done."""
    return digests.report_all(timezone.localtime())


@shared_task(
    name="supportapp.insight.tasks.send_digest", acks_late=True, reject_on_worker_lost=True
)
def send_digest(digest_id: int, user_id: int, event_id: str) -> None:
    """Mail a digest to one person."""
    try:
        digests.send(digest_id, user_id)
    except digests.NotSent as error:
        outbox.failed(event_id, error)
        raise
    with outbox.once(event_id):
        pass

"""Celery's door: feedback, signs, samples, examples, calibrations. Each counts once."""

from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from supportapp.outbox import events as outbox
from supportapp.review import approvals, calibrating, intake, leaving, lookback
from supportapp.review.models import Feedback


@shared_task(name="supportapp.review.tasks.take_in_feedback")
def take_in_feedback(feedback_id: int, event_id: str) -> None:
    """Queue a turn that was rated down."""
    with outbox.once(event_id) as first:
        feedback = (
            Feedback.objects.filter(pk=feedback_id)
            .select_related("turn__conversation__workspace")
            .first()
        )
        if first and feedback is not None:
            intake.take_in_feedback(feedback)


@shared_task(name="supportapp.review.tasks.record_signal")
def record_signal(turn_id: str, kind: str, event_id: str) -> None:
    """Store one implicit signal."""
    with outbox.once(event_id) as first:
        if first:
            intake.record_signal(UUID(turn_id), kind, UUID(event_id))


@shared_task(name="supportapp.review.tasks.record_told_signal")
def record_told_signal(turn_id: str, kind: str, told_id: str, event_id: str) -> None:
    """Store a signal that the page told us of; a page that tells it twice counts once."""
    with outbox.once(event_id) as first:
        if first:
            intake.record_signal(UUID(turn_id), kind, UUID(told_id))


@shared_task(name="supportapp.review.tasks.look_back")
def look_back(turn_id: str, event_id: str) -> None:
    """Find out whether a question was asked before."""
    with outbox.once(event_id) as first:
        if first:
            lookback.look_back(UUID(turn_id))


@shared_task(name="supportapp.review.tasks.find_who_left")
def find_who_left() -> None:
    """Note who left after an answer without a sign."""
    leaving.find(timezone.now())


@shared_task(name="supportapp.review.tasks.top_up_sample")
def top_up_sample() -> None:
    """Bring yesterday's random sample to its least number, once a day."""
    intake.top_up(timezone.now())


@shared_task(name="supportapp.review.tasks.take_example")
def take_example(annotation_id: int, event_id: str) -> None:
    """Perhaps keep a good answer as an example for prompts."""
    with outbox.once(event_id) as first:
        if first:
            approvals.take_up(annotation_id)


@shared_task(name="supportapp.review.tasks.sample_turn")
def sample_turn(turn_id: str, event_id: str) -> None:
    """Queue a finished turn that a rule picks, the random sample's among them."""
    with outbox.once(event_id) as first:
        if first:
            intake.take_in_turn(UUID(turn_id))


@shared_task(
    name="supportapp.review.tasks.run_calibration", acks_late=True, reject_on_worker_lost=True
)
def run_calibration(job_id: int, event_id: str) -> None:
    """Fit a workspace's confidence to its labels. Running it again goes on with the same job."""
    try:
        is_done = calibrating.run(job_id, timezone.now())
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if is_done:
        with outbox.once(event_id):
            pass

"""Which turns enter the review queue, and why."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.caching import keeping
from supportapp.conversations import remembered
from supportapp.conversations.models import Turn
from supportapp.outbox import events as outbox
from supportapp.review.models import Feedback, ReviewItem, Signal

# A person's time goes first to what a customer complained of, then to those who gave up on the
# assistant, then to the random sample that shows what nobody complained of.
PRIORITIES = {
    ReviewItem.Reason.LOW_RATED: 30,
    ReviewItem.Reason.ASKED_PERSON: 20,
    ReviewItem.Reason.SAMPLED: 10,
}


def give_feedback(
    turn: Turn, visitor: UUID, *, value: str, reasons: list[str], comment: str
) -> Feedback:
    """Store what a visitor said of a turn; saying it again replaces it.

    The turn enters the queue in the background; the outbox row is written with the feedback, so
    "thanks" is said only when nothing can be lost any more.
    """
    with transaction.atomic():
        feedback, _ = Feedback.objects.update_or_create(
            turn=turn,
            visitor=visitor,
            defaults={"value": value, "reasons": reasons, "comment": comment},
        )
        outbox.add("supportapp.review.tasks.take_in_feedback", feedback_id=feedback.pk)
    return feedback


def withdraw_feedback(turn: Turn, visitor: UUID) -> None:
    """Take back what a visitor said; an item nobody looked at yet waits for it no longer."""
    with transaction.atomic():
        Feedback.objects.filter(turn=turn, visitor=visitor).delete()
        _forget_low_rating(turn.pk)


def take_in_feedback(feedback: Feedback) -> None:
    """Queue a turn that was rated down; one rated up again loses that reason to be looked at."""
    if feedback.value == Feedback.Value.DOWN:
        enqueue(feedback.turn_id, ReviewItem.Reason.LOW_RATED)
        served = remembered.noted(feedback.turn).get("remembered")
        keeping.doubt([feedback.turn_id], [served] if served else [])
    else:
        _forget_low_rating(feedback.turn_id)


def _forget_low_rating(turn_id: UUID) -> None:
    """Give an item that nobody looked at yet the reason it would have without the rating."""
    items = ReviewItem.objects.filter(
        Q(locked_until=None) | Q(locked_until__lt=timezone.now()),
        turn_id=turn_id,
        reason=ReviewItem.Reason.LOW_RATED,
        state=ReviewItem.State.OPEN,
        annotations=None,
    )
    if Signal.objects.filter(turn_id=turn_id, kind=Signal.Kind.ASKED_PERSON).exists():
        reason = ReviewItem.Reason.ASKED_PERSON
    elif is_sampled(turn_id):
        reason = ReviewItem.Reason.SAMPLED
    else:
        items.delete()
        return
    items.update(reason=reason, priority=PRIORITIES[reason])


def enqueue(turn_id: UUID, reason: ReviewItem.Reason) -> None:
    """Put a turn into the queue once; a stronger reason raises an item that still waits."""
    item, created = ReviewItem.objects.get_or_create(
        turn_id=turn_id, defaults={"reason": reason, "priority": PRIORITIES[reason]}
    )
    if not created:
        ReviewItem.objects.filter(
            pk=item.pk, state=ReviewItem.State.OPEN, priority__lt=PRIORITIES[reason]
        ).update(reason=reason, priority=PRIORITIES[reason])


def record_signal(turn_id: UUID, kind: str, event_id: UUID) -> None:
    """Store one implicit signal; the event's id makes a second delivery a no-op."""
    Signal.objects.get_or_create(event_id=event_id, defaults={"turn_id": turn_id, "kind": kind})
    if kind == Signal.Kind.ASKED_PERSON:
        enqueue(turn_id, ReviewItem.Reason.ASKED_PERSON)


def sample(turn_id: UUID) -> bool:
    """Queue a random share (REVIEW_SAMPLE_PERCENT) of answered turns."""
    if not is_sampled(turn_id):
        return False
    enqueue(turn_id, ReviewItem.Reason.SAMPLED)
    return True


def is_sampled(turn_id: UUID) -> bool:
    """Decide by the turn's random id, so that asking again decides the same."""
    return turn_id.int % 10_000 < settings.REVIEW_SAMPLE_PERCENT * 100

"""A customer asks for a person: stored once, promised to staff, taken, closed, put back."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.outbox import events as outbox

State = Handoff.State


def request_person(
    conversation: Conversation,
    client_id: UUID,
    *,
    contact: str,
    name: str = "",
    message: str = "",
    turn: Turn | None = None,
) -> Handoff:
    """Store the request; the same `client_id` again returns the first one.

    Without a turn it is about the conversation's newest. The signal that puts the turn into the
    review queue is promised in the same transaction.
    """
    about = turn or conversation.turns.order_by("-position", "-created_at").first()
    with transaction.atomic():
        handoff, created = Handoff.objects.get_or_create(
            client_id=client_id,
            defaults={
                "conversation": conversation,
                "turn": about,
                "contact": contact,
                "name": name,
                "message": message,
            },
        )
        if created and about is not None:
            outbox.add(
                "supportapp.review.tasks.record_signal", turn_id=about.pk, kind="asked_person"
            )
    return handoff


def take(handoff_id: int, staff: User) -> bool:
    """Make an open request this person's own; False where someone else was first."""
    waiting = Handoff.objects.filter(pk=handoff_id, state=State.OPEN)
    return _changed(waiting, State.TAKEN, handled_by=staff, taken_at=timezone.now())


def close(handoff_id: int, staff: User) -> bool:
    """Mark a request as answered, by whoever closes it; False where it was closed already."""
    unanswered = Handoff.objects.filter(pk=handoff_id, state__in=[State.OPEN, State.TAKEN])
    return _changed(unanswered, State.CLOSED, handled_by=staff, closed_at=timezone.now())


def reopen(handoff_id: int) -> bool:
    """Put a request back among the open ones; False where it is there already."""
    settled = Handoff.objects.filter(pk=handoff_id, state__in=[State.TAKEN, State.CLOSED])
    return _changed(settled, State.OPEN, handled_by=None, taken_at=None, closed_at=None)


def _changed(requests: QuerySet[Handoff], state: str, **fields: User | datetime | None) -> bool:
    return requests.update(state=state, **fields) == 1

"""A customer asks for a person: store it once, and promise that staff hear of it."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import Q

from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.outbox import events as outbox


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


def take(handoff: Handoff, staff: AbstractBaseUser | AnonymousUser) -> bool:
    """Take an open request; False where someone else was first."""
    waiting = Handoff.objects.filter(pk=handoff.pk, state=Handoff.State.OPEN)
    return bool(waiting.update(state=Handoff.State.TAKEN, handled_by=staff))


def close(handoff: Handoff, staff: AbstractBaseUser | AnonymousUser) -> bool:
    """Close a request that is open, or that the same person took."""
    mine = Handoff.objects.filter(pk=handoff.pk).exclude(state=Handoff.State.CLOSED)
    mine = mine.filter(Q(handled_by=None) | Q(handled_by=staff))
    return bool(mine.update(state=Handoff.State.CLOSED, handled_by=staff))

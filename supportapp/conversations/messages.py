"""What the team writes into a conversation: posted once, shown, told to open pages, mailed.

A customer's page shows it in its place; `bulletin` tells pages that are open; where an address is
known, the outbox has it mailed (`mailing`).
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from supportapp.conversations import bulletin, mailing
from supportapp.conversations.models import Conversation, Message, Turn
from supportapp.knowledge.cleaning import clean
from supportapp.outbox import events as outbox

MAIL = "supportapp.conversations.tasks.mail_message"
LONGEST = 8000


def post(
    conversation: Conversation,
    *,
    kind: str,
    text: str,
    key: str,
    about: Turn | None = None,
    author: AbstractBaseUser | None = None,
) -> Message:
    """Write a message into a conversation, as Markdown; the same `key` again returns the first one.

    It stands after the conversation's last turn. Mailed once, where mail is set up and the
    customer left an address.
    """
    with transaction.atomic():
        held = Conversation.objects.select_for_update().get(pk=conversation.pk)
        known = Message.objects.filter(key=key).first()
        if known is not None:
            return known
        address = mailing.address_of(held) if mailing.is_on() else ""
        message = Message.objects.create(
            conversation=held,
            kind=Message.Kind(kind),
            text=clean(text).strip()[:LONGEST],
            about_turn=about,
            position=held.turns.aggregate(last=Max("position"))["last"] or 0,
            author_id=author.pk if author is not None else None,
            key=key,
            mail=Message.Mail.PROMISED if address else Message.Mail.NONE,
        )
        Conversation.objects.filter(pk=held.pk).update(updated_at=timezone.now())
        if address:
            outbox.add(MAIL, message_id=message.pk)
        transaction.on_commit(partial(bulletin.tell, held.pk))
    return message


def with_unseen(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Say of each conversation, as `unseen`, how many messages the customer hasn't seen."""
    waiting = Q(messages__isnull=False, messages__seen_at=None)
    return conversations.annotate(unseen=Count("messages", filter=waiting, distinct=True))


def seen(conversation_id: UUID, now: datetime, *, up_to: int | None = None) -> int:
    """Note that the customer has a conversation's messages on the screen. Returns how many more."""
    unseen = Message.objects.filter(conversation=conversation_id, seen_at=None)
    if up_to is not None:
        unseen = unseen.filter(pk__lte=up_to)
    return unseen.update(seen_at=now)

"""What a message of the team looks like to a customer: one value for the page and the socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from supportapp.conversations import mailing
from supportapp.conversations.models import Conversation, Message
from supportapp.conversations.presenting import TurnView, request_of
from supportapp.knowledge import rendering

TEMPLATE = "conversations/_message.html"
HEADINGS = {
    Message.Kind.CORRECTION: "A correction",
    Message.Kind.REPLY: "A reply to you",
    Message.Kind.FOLLOWUP: "What changed",
}


@dataclass(frozen=True, slots=True)
class MessageView:
    """Everything that the partial may show. `place` says after which turn it stands.

    `question` and `told`: what the customer had asked, and what the answer had said, where the
    message takes that back.
    """

    id: int
    kind: str
    heading: str
    team: str
    html: SafeString
    text: str
    question: str
    told: str
    about: str
    place: float
    position: int
    created_at: datetime
    is_new: bool


def view(message: Message) -> MessageView:
    """Build a message's view; select "conversation__workspace" and "about_turn"."""
    question, told = mailing.told(message)
    is_correction = message.kind == Message.Kind.CORRECTION
    return MessageView(
        id=message.pk,
        kind=message.kind,
        heading=HEADINGS[Message.Kind(message.kind)],
        team=mailing.team_of(message.conversation),
        html=rendering.to_html(message.text),
        text=message.text,
        question=question,
        told=told if is_correction else "",
        about=str(message.about_turn_id or ""),
        # Between its turn and the next, wherever that one comes to stand.
        place=message.position + 0.5,
        position=message.position,
        created_at=message.created_at,
        is_new=message.seen_at is None,
    )


def of(conversation: Conversation) -> list[MessageView]:
    """Return a conversation's messages in their order."""
    found = conversation.messages.select_related("conversation__workspace", "about_turn")
    return [view(each) for each in found]


def in_order(
    turns: Sequence[TurnView], messages: Sequence[MessageView]
) -> list[TurnView | MessageView]:
    """Put finished turns and messages into one order."""

    def place(each: TurnView | MessageView) -> tuple[float, int]:
        if isinstance(each, MessageView):
            return each.place, each.id
        return float(each.position), 0

    return sorted([*turns, *messages], key=place)


def frames_after(
    conversation_id: UUID, after: int, scope: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the socket's frames of the messages that a page doesn't have yet."""
    found = (
        Message.objects.filter(conversation=conversation_id, pk__gt=after)
        .select_related("conversation__workspace", "about_turn")
        .order_by("pk")
    )
    request = request_of(scope)
    return [
        {
            "type": "message",
            "message": each.pk,
            "html": render_to_string(TEMPLATE, {"message": view(each)}, request=request),
        }
        for each in found
    ]

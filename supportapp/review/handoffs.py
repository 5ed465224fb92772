"""Requests for a person as staff see them: who waits, and the conversation that led there."""

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.safestring import SafeString

from supportapp.conversations.models import Handoff, Message, Turn
from supportapp.knowledge.rendering import to_html

State = Handoff.State
SHOWN_CLOSED = 100
SHOWN_TURNS = 50


@dataclass(frozen=True)
class ShownTurn:
    """A turn as staff read it: the customer's own links to sources aren't theirs to open."""

    turn: Turn
    answer_html: SafeString
    is_asked_about: bool


@dataclass(frozen=True)
class ShownMessage:
    """What the team wrote into the conversation, as the customer reads it, and who wrote it."""

    message: Message
    html: SafeString


@dataclass(frozen=True)
class HandoffView:
    """One request with the conversation that led to it, and what was answered."""

    handoff: Handoff
    turns: tuple[ShownTurn, ...]
    messages: tuple[ShownMessage, ...] = ()


def open_count() -> int:
    """Count the requests that nobody took yet."""
    return _alive().filter(state=State.OPEN).count()


def listed(state: str) -> QuerySet[Handoff]:
    """Return requests in one state: who waited longest first, the last closed first."""
    found = _alive().filter(state=state).select_related("handled_by", "turn")
    if state == State.CLOSED:
        return found.order_by(F("closed_at").desc(nulls_last=True), "-created_at")[:SHOWN_CLOSED]
    return found.order_by("created_at")


def _alive() -> QuerySet[Handoff]:
    """Conversations that their customer deleted are shown to no one."""
    return Handoff.objects.filter(conversation__deleted_at=None)


def handoff_view(handoff: Handoff) -> HandoffView:
    """Gather a request and its conversation as the customer saw it."""
    turns = Turn.objects.filter(conversation=handoff.conversation_id, superseded_by=None).order_by(
        "-position"
    )[:SHOWN_TURNS]
    shown = tuple(
        ShownTurn(turn, to_html(turn.answer), turn.pk == handoff.turn_id)
        for turn in reversed(turns)
    )
    written = Message.objects.filter(conversation=handoff.conversation_id).select_related("author")
    replies = tuple(
        ShownMessage(each, to_html(each.text)) for each in written.order_by("created_at")
    )
    return HandoffView(handoff, shown, replies)

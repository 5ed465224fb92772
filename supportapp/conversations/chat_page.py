"""Builds the chat page: the turns as they stand, what can be asked, what is beside it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from supportapp.conversations import (
    live,
    message_presenting,
    messages,
    presenting,
    turns,
    visitors,
)
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.presenting import TurnView
from supportapp.knowledge.models import SuggestedPrompt, Workspace
from supportapp.web.requests import HtmxRequest

RECENT = 12
PROMPTS = 6


def chat_page(
    request: HtmxRequest,
    conversation: Conversation | None,
    *,
    problem: str = "",
    draft: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page of a conversation, or of a new one; `problem` and `draft` after a refusal."""
    visitor = visitors.current(request)
    workspace = conversation.workspace if conversation else Workspace.default()
    shown = _turns(conversation, visitor) if conversation else []
    written = message_presenting.of(conversation) if conversation else []
    last = max((each.id for each in written), default=0)
    final = [turn for turn in shown if turn.is_final]
    context = {
        "workspace": workspace,
        "conversation": conversation,
        "thread": message_presenting.in_order(final, written),
        "last_message": last,
        "running": [turn for turn in shown if turn.is_running],
        "recent": messages.with_unseen(visitors.conversations(visitor)).order_by("-updated_at")[
            :RECENT
        ],
        "prompts": [] if conversation else _prompts(workspace),
        "longest": settings.MAX_QUESTION_CHARACTERS,
        "problem": problem,
        "draft": draft[: settings.MAX_QUESTION_CHARACTERS],
    }
    response = render(request, "conversations/page.html", context, status=status)
    if conversation is not None and any(each.is_new for each in written):
        # Rendered as new once, and seen from now on.
        messages.seen(conversation.pk, timezone.now(), up_to=last)
    return response


def show_turn(turn: Turn, feedback: object | None) -> TurnView:
    """Build a turn's view with the newest text that this process knows of."""
    return presenting.view(turn, progress=live.progress(turn.pk), feedback=feedback)


def feedback_by(turn: Turn, visitor: UUID) -> object | None:
    """Return what this visitor said of the turn. The room above keeps it; we only show it."""
    given: Any = turn
    return next((each for each in given.feedback.all() if each.visitor == visitor), None)


def _turns(conversation: Conversation, visitor: UUID) -> list[TurnView]:
    turns.sweep(conversation)
    newest = (
        conversation.turns.filter(superseded_by=None)
        .select_related("superseded_by")
        .prefetch_related("citations__passage", "citations__article", "feedback")
        .order_by("position", "created_at")
    )
    return [show_turn(turn, feedback_by(turn, visitor)) for turn in newest]


def _prompts(workspace: Workspace) -> list[SuggestedPrompt]:
    """The workspace's own suggestions, those in the reader's language first."""
    language = (get_language() or "en").split("-")[0]
    prompts = list(workspace.suggested_prompts.all())
    prompts.sort(key=lambda prompt: prompt.language.split("-")[0] != language)
    return prompts[:PROMPTS]

"""Staff look at conversations, turns and requests for a person; only requests are handled here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin, TabularInline, signed_in
from supportapp.conversations import handoffs
from supportapp.conversations.models import Citation, Conversation, Handoff, SpanRecord, Turn
from supportapp.conversations.prompt_admin import (
    AnswerExampleAdmin,
    PromptVersionAdmin,
    RolloutAdmin,
)

__all__ = [
    "AnswerExampleAdmin",
    "ConversationAdmin",
    "HandoffAdmin",
    "PromptVersionAdmin",
    "RolloutAdmin",
    "TurnAdmin",
]


class ReadOnly:
    """What was said is looked at, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TurnInline(ReadOnly, TabularInline[Turn, Conversation]):
    model = Turn
    fields = readonly_fields = (
        "position", "cause", "question", "state", "outcome", "kind", "created_at",
    )  # fmt: skip
    show_change_link = True
    extra = 0


class CitationInline(ReadOnly, TabularInline[Citation, Turn]):
    model = Citation
    fields = readonly_fields = ("number", "passage", "revision", "quote")
    extra = 0


class SpanInline(ReadOnly, TabularInline[SpanRecord, Turn]):
    model = SpanRecord
    fields = readonly_fields = ("name", "depth", "started_ms", "duration_ms", "attributes")
    extra = 0


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, ModelAdmin[Conversation]):
    """Conversations, newest first."""

    list_display = ("title", "workspace", "user", "language", "created_at", "updated_at")
    list_filter = ("workspace", "updated_at")
    list_select_related = ("workspace", "user")
    search_fields = ("title", "=id")
    show_full_result_count = False
    inlines = (TurnInline,)


@admin.register(Turn)
class TurnAdmin(ReadOnly, ModelAdmin[Turn]):
    """Questions and answers with their receipts."""

    list_display = ("question_start", "state", "outcome", "kind", "model", "created_at")
    list_filter = ("state", "outcome", "kind", "created_at")
    search_fields = ("question", "=id")
    show_full_result_count = False
    inlines = (CitationInline, SpanInline)

    @admin.display(description="question")
    def question_start(self, turn: Turn) -> str:
        return turn.question[:80]


@admin.register(Handoff)
class HandoffAdmin(ModelAdmin[Handoff]):
    """Requests for a person: take one, answer it by e-mail, close it."""

    list_display = ("created_at", "state", "contact", "name", "handled_by", "taken_at", "closed_at")
    list_filter = ("state", "created_at")
    list_select_related = ("handled_by",)
    search_fields = ("contact", "name")
    show_full_result_count = False
    readonly_fields = (
        "conversation", "turn", "client_id", "name", "contact", "message", "state", "handled_by",
        "created_at", "taken_at", "closed_at",
    )  # fmt: skip
    actions = ("take", "close")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Take the selected requests", permissions=["change"])
    def take(self, request: HttpRequest, requests: QuerySet[Handoff]) -> None:
        taken = sum(handoffs.take(handoff.pk, signed_in(request)) for handoff in requests)
        self._say(request, taken, requests.count(), "taken")

    @admin.action(description="Close the selected requests", permissions=["change"])
    def close(self, request: HttpRequest, requests: QuerySet[Handoff]) -> None:
        closed = sum(handoffs.close(handoff.pk, signed_in(request)) for handoff in requests)
        self._say(request, closed, requests.count(), "closed")

    def _say(self, request: HttpRequest, done: int, wanted: int, what: str) -> None:
        level = messages.SUCCESS if done == wanted else messages.WARNING
        rest = "" if done == wanted else f" {wanted - done} had been handled before."
        self.message_user(request, f"{done} requests {what}.{rest}", level)

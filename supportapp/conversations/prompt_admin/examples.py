"""The approved answers that prompts show as examples: look at them, leave some out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin
from supportapp.answering import examples
from supportapp.answering.models import AnswerExample


@admin.register(AnswerExample)
class AnswerExampleAdmin(ModelAdmin[AnswerExample]):
    """Reviews add and remove them; staff may leave one out."""

    list_display = ("__str__", "subject", "language", "is_used", "workspace", "created_at")
    list_filter = ("is_used", "language", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("question", "answer", "subject")
    show_full_result_count = False
    fields = readonly_fields = (
        "question", "answer", "subject", "language", "workspace", "is_used", "created_at",
    )  # fmt: skip
    actions = ("use", "leave_out")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Show to models", permissions=["change"])
    def use(self, request: HttpRequest, chosen: QuerySet[AnswerExample]) -> None:
        self._switch(request, chosen, is_used=True)

    @admin.action(description="Leave out", permissions=["change"])
    def leave_out(self, request: HttpRequest, chosen: QuerySet[AnswerExample]) -> None:
        self._switch(request, chosen, is_used=False)

    def _switch(
        self, request: HttpRequest, chosen: QuerySet[AnswerExample], *, is_used: bool
    ) -> None:
        rows = list(chosen)
        for example in rows:
            examples.switch(example, is_used=is_used)
            self.log_change(request, example, "Shown to models." if is_used else "Left out.")
        told = "are shown from" if is_used else "are left out from"
        self.message_user(request, f"{len(rows)} {told} the next question on.", messages.SUCCESS)

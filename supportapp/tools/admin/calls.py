"""The audit: every call of a tool, and every change that a customer was asked about."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString

from supportapp.knowledge.admin.listing import badge
from supportapp.tools.admin.kept import KeptAdmin
from supportapp.tools.models import Confirmation, ToolCall

KINDS = {"ok": "ok", "asks": "accent", "failed": "danger", "timeout": "danger"}
STATES = {"done": "ok", "asked": "accent", "confirmed": "warning", "failed": "danger"}


@admin.register(ToolCall)
class ToolCallAdmin(KeptAdmin[ToolCall]):
    list_display = ("tool", "ended", "arguments", "attempts", "time", "created_at")
    list_filter = ("tool", "code", "was_signed_in", "workspace")
    date_hierarchy = "created_at"
    list_per_page = 50

    @admin.display(description="Ended", ordering="code")
    def ended(self, call: ToolCall) -> SafeString:
        return badge(call.code.replace("_", " "), KINDS.get(call.code, "warning"))

    @admin.display(description="Time", ordering="milliseconds")
    def time(self, call: ToolCall) -> str:
        return f"{call.milliseconds:.0f} ms"


@admin.register(Confirmation)
class ConfirmationAdmin(KeptAdmin[Confirmation]):
    # What was asked and what came of it belongs to the conversation, and is read there.
    list_display = ("tool", "stands", "attempts", "error", "created_at", "answered_at")
    list_filter = ("state", "tool", "workspace")
    fields = ("tool", "state", "attempts", "error", "created_at", "expires_at", "answered_at")

    @admin.display(description="State", ordering="state")
    def stands(self, confirmation: Confirmation) -> SafeString:
        return badge(confirmation.get_state_display(), STATES.get(confirmation.state, ""))

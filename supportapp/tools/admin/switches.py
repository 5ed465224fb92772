"""Which tools a workspace allows: one row for each, made as tools appear."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponse

from supportapp.admin_base import ModelAdmin
from supportapp.knowledge.models import Workspace
from supportapp.tools.declaring import registry
from supportapp.tools.models import ToolSwitch


def ensure_switches() -> None:
    """Make the rows that are missing; shipped tools begin as allowed."""
    Workspace.default()
    ToolSwitch.objects.bulk_create(
        [
            ToolSwitch(workspace_id=workspace, tool=tool.name)
            for workspace in Workspace.objects.values_list("pk", flat=True)
            for tool in registry.all()
        ],
        ignore_conflicts=True,
    )


@admin.register(ToolSwitch)
class ToolSwitchAdmin(ModelAdmin[ToolSwitch]):
    list_display = ("tool", "does", "asks_first", "is_on", "workspace")
    list_filter = ("workspace", "is_on")
    list_select_related = ("workspace",)
    readonly_fields = ("workspace", "tool", "does")
    fields = ("tool", "does", "workspace", "is_on")
    actions = ("allow", "forbid")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ToolSwitch | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ensure_switches()
        return super().changelist_view(request, extra_context)

    @admin.display(description="What it does")
    def does(self, switch: ToolSwitch) -> str:
        tool = registry.get(switch.tool)
        return tool.description if tool else "This tool isn't there any more."

    @admin.display(description="Asks first", boolean=True)
    def asks_first(self, switch: ToolSwitch) -> bool:
        tool = registry.get(switch.tool)
        return tool is not None and tool.changes

    @admin.action(description="Allow", permissions=["change"])
    def allow(self, request: HttpRequest, queryset: QuerySet[ToolSwitch]) -> None:
        self._switch(request, queryset, is_on=True)

    @admin.action(description="Don't allow", permissions=["change"])
    def forbid(self, request: HttpRequest, queryset: QuerySet[ToolSwitch]) -> None:
        self._switch(request, queryset, is_on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[ToolSwitch], *, is_on: bool) -> None:
        count = queryset.update(is_on=is_on)
        state = "allowed from the next question on" if is_on else "not used from now on"
        self.message_user(request, f"{count} {state}.", messages.SUCCESS)

"""What the assistant says about itself."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin, StackedInline
from supportapp.knowledge.models import SuggestedPrompt, Workspace


class SuggestedPromptInline(StackedInline[SuggestedPrompt, Workspace]):
    model = SuggestedPrompt
    extra = 1


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin[Workspace]):
    list_display = ("name", "slug", "company", "assistant_name", "generation")
    readonly_fields = ("generation", "created_at")
    search_fields = ("name", "slug")
    inlines = (SuggestedPromptInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        return False

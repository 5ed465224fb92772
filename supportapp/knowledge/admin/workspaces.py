"""What the assistant says about itself, and the embedding models in use."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin, StackedInline
from supportapp.knowledge.models import EmbeddingModel, SuggestedPrompt, Workspace


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


@admin.register(EmbeddingModel)
class EmbeddingModelAdmin(ModelAdmin[EmbeddingModel]):
    list_display = ("name", "dimension", "state", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: EmbeddingModel | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: EmbeddingModel | None = None
    ) -> bool:
        return False

"""Staff choose a workspace's routes: policy, critical words, drafts that are compared."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin
from supportapp.answering.models import RoutePolicy, Setup
from supportapp.answering.models.route_policies import LONGEST_WORD
from supportapp.knowledge.admin.forms import WordsField
from supportapp.knowledge.models import Workspace


class RoutePolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none as it runs
    """A policy, with commas between critical words."""

    critical = WordsField(
        longest=LONGEST_WORD,
        label="Critical words",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Questions with one of these words or phrases are written by the best model, as "
        "several drafts that are compared. With commas between them.",
    )

    class Meta:
        model = RoutePolicy
        fields = ("workspace", "policy", "critical", "votes")

    def clean_critical(self) -> list[str]:
        return list(self.cleaned_data.get("critical") or ())


@admin.register(RoutePolicy)
class RoutePolicyAdmin(ModelAdmin[RoutePolicy]):
    """Each change holds from the next question on, in every process."""

    form = RoutePolicyForm
    list_display = ("workspace", "policy", "critical_words", "votes", "updated_at")
    list_select_related = ("workspace",)

    @admin.display(description="Critical words")
    def critical_words(self, policy: RoutePolicy) -> str:
        return ", ".join(policy.critical) or "–"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"workspace": Workspace.default().pk, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: RoutePolicy | None = None) -> Any:
        return () if obj is None else ("workspace",)

    def save_model(self, request: HttpRequest, obj: RoutePolicy, form: Any, change: bool) -> None:
        with transaction.atomic():
            Setup.raise_generation(obj.workspace_id)
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: RoutePolicy) -> None:
        with transaction.atomic():
            Setup.raise_generation(obj.workspace_id)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RoutePolicy]) -> None:
        for policy in queryset:
            self.delete_model(request, policy)

"""Where staff keep synonyms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from supportapp.admin_base import ModelAdmin
from supportapp.knowledge import synonyms
from supportapp.knowledge.admin.forms import WordsField
from supportapp.knowledge.admin.listing import badge
from supportapp.knowledge.models import SynonymGroup, Workspace
from supportapp.knowledge.models.synonyms import FEWEST_TERMS, LONGEST_TERM, MOST_TERMS


class SynonymGroupForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none as it runs
    """A group's terms, with commas between them."""

    terms = WordsField(
        longest=LONGEST_TERM,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="With commas between them: sign in, log in, log on. The X-ray tries them first.",
    )

    class Meta:
        model = SynonymGroup
        fields = ("workspace", "terms", "is_one_way", "language", "note", "is_active")

    def clean_terms(self) -> list[str]:
        unlike: dict[str, str] = {}
        for term in self.cleaned_data["terms"]:
            unlike.setdefault(term.casefold(), term)
        terms = list(unlike.values())
        if not FEWEST_TERMS <= len(terms) <= MOST_TERMS:
            raise forms.ValidationError(
                f"Write {FEWEST_TERMS} to {MOST_TERMS} different words or phrases."
            )
        return terms

    def clean_language(self) -> str:
        return str(self.cleaned_data["language"]).lower()


@admin.register(SynonymGroup)
class SynonymGroupAdmin(ModelAdmin[SynonymGroup]):
    form = SynonymGroupForm
    list_display = ("__str__", "direction", "language", "is_active", "note", "updated_at")
    list_filter = ("is_active", "is_one_way", "language", "workspace")
    search_fields = ("terms", "note")
    search_help_text = "Words and notes"
    show_full_result_count = False
    actions = ("activate", "deactivate")

    @admin.display(description="Direction", ordering="is_one_way")
    def direction(self, group: SynonymGroup) -> SafeString:
        return badge("one-way" if group.is_one_way else "both ways")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"workspace": Workspace.default().pk, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: SynonymGroup, form: Any, change: bool) -> None:
        synonyms.keep(obj)

    def delete_model(self, request: HttpRequest, obj: SynonymGroup) -> None:
        synonyms.remove([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SynonymGroup]) -> None:
        synonyms.remove(queryset)

    @admin.action(description="Use in searches", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[SynonymGroup]) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description="Leave out of searches", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[SynonymGroup]) -> None:
        self._switch(request, queryset, is_active=False)

    def _switch(
        self, request: HttpRequest, queryset: QuerySet[SynonymGroup], *, is_active: bool
    ) -> None:
        count = synonyms.switch(queryset, is_active=is_active)
        state = "used from the next question on" if is_active else "left out from now on"
        self.message_user(request, f"{count} {state}.", messages.SUCCESS)

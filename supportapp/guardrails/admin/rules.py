"""Where staff write compliance rules and try them on a sentence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from supportapp.admin_base import ModelAdmin
from supportapp.guardrails import current, rules
from supportapp.guardrails.models import LONGEST_WORD, ComplianceRule
from supportapp.guardrails.rules import Labels, RuleKind
from supportapp.knowledge.admin.forms import WordsField
from supportapp.knowledge.models import Workspace


class ComplianceRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none as it runs
    """A rule, with commas between words."""

    words = WordsField(
        longest=LONGEST_WORD,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Words or phrases, with commas between them. A star stands for any ending: "
        "guarantee*.",
    )
    tags = WordsField(longest=60, help_text="For disclaimers: answers that cite such articles.")
    subjects = WordsField(longest=120, help_text="For disclaimers: the same, by subject.")

    class Meta:
        model = ComplianceRule
        fields = ("workspace", "kind", "name", "words", "tags", "subjects", "text", "note",
                  "is_active")  # fmt: skip
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "text": "What stands below the answer. Without words, tags and subjects: below every "
            "answer."
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("words", "tags", "subjects"):
            data[name] = list(data.get(name) or [])
        if data.get("kind") == RuleKind.FORBIDDEN and not data["words"]:
            self.add_error("words", "Say by which words the claim is known.")
        if data.get("kind") == RuleKind.DISCLAIMER and not (data.get("text") or "").strip():
            self.add_error("text", "Write what must stand below the answer.")
        return data


class TrialForm(forms.Form):
    """A sentence, and what the articles that an answer cites are about."""

    sentence = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    tags = WordsField(longest=60, label="Tags of the cited articles")
    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)


@admin.register(ComplianceRule)
class ComplianceRuleAdmin(ModelAdmin[ComplianceRule]):
    form = ComplianceRuleForm
    list_display = ("name", "kind", "applies_to", "is_active", "note", "updated_at")
    list_filter = ("kind", "is_active", "workspace")
    search_fields = ("name", "words", "text", "note")
    show_full_result_count = False
    change_list_template = "admin/guardrails/compliancerule/list.html"

    @admin.display(description="Applies to")
    def applies_to(self, rule: ComplianceRule) -> str:
        named = [*rule.words, *(f"#{tag}" for tag in rule.tags), *rule.subjects]
        return ", ".join(named) or "every answer"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"workspace": Workspace.default().pk, **super().get_changeform_initial_data(request)}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List the rules; try a sentence on those that are active."""
        asked = {
            name.removeprefix("try-"): value
            for name, value in request.GET.items()
            if name.startswith("try-")
        }
        first = {"workspace": Workspace.default().pk}
        form = TrialForm(asked or None, initial=first, prefix=None)
        tried = None
        if asked and form.is_valid():
            tried = self._tried(form.cleaned_data)
        if asked:
            # The list below would take them for filters.
            left = request.GET.copy()
            for name in asked:
                del left[f"try-{name}"]
            request.GET = left  # type: ignore[assignment]  # Django's own views do the same
        return super().changelist_view(
            request, {**(extra_context or {}), "try_form": form, "tried": tried, "asked": asked}
        )

    def _tried(self, data: dict[str, Any]) -> rules.Tried:
        stored = ComplianceRule.objects.filter(workspace=data["workspace"], is_active=True)
        active = [rule.as_rule() for rule in stored]
        return rules.attempt(active, data["sentence"], [Labels(tuple(data["tags"]))])

    def save_model(
        self, request: HttpRequest, obj: ComplianceRule, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        current.forget(obj.workspace_id)

    def delete_model(self, request: HttpRequest, obj: ComplianceRule) -> None:
        super().delete_model(request, obj)
        current.forget(obj.workspace_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ComplianceRule]) -> None:
        touched = list(queryset.values_list("workspace_id", flat=True).distinct())
        super().delete_queryset(request, queryset)
        for workspace_id in touched:
            current.forget(workspace_id)

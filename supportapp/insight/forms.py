"""What staff ask, checked at the door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from supportapp.insight import checking, periods
from supportapp.insight.periods import Choice, Period
from supportapp.knowledge.models import Workspace


class AskDataForm(forms.Form):
    """A question in words, or SQL."""

    question = forms.CharField(max_length=500, required=False)
    sql = forms.CharField(max_length=checking.LONGEST, required=False)
    made = forms.CharField(max_length=2 * checking.LONGEST_WRITTEN, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in ("question", "sql", "made")):
            raise forms.ValidationError("Write a question, or SQL.")
        return given


class ChoiceForm(forms.Form):
    """What the dashboard counts, from an address that anybody may have written."""

    workspace = forms.SlugField(max_length=60, required=False)
    period = forms.ChoiceField(choices=list(periods.PERIODS.items()), required=False)
    first = forms.DateField(required=False)
    last = forms.DateField(required=False)
    prompt = forms.CharField(max_length=120, required=False)
    model = forms.CharField(max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("period") != "own" or self.errors:
            return given
        first, last = given.get("first"), given.get("last")
        if not first or not last:
            raise forms.ValidationError("Choose the first and the last day.")
        if first > last:
            raise forms.ValidationError("The first day is after the last one.")
        if last - first > timedelta(days=periods.LONGEST_DAYS):
            raise forms.ValidationError("Choose at most two years.")
        if first < date(2000, 1, 1) or last > date(2200, 1, 1):
            raise forms.ValidationError("Choose days of this century.")
        return given

    def chosen(self, today: date) -> Choice:
        """Return what was asked for; where that makes no sense, the last four weeks."""
        given = self.cleaned_data if self.is_valid() else {}
        wanted = Workspace.objects.filter(slug=given.get("workspace", "")).first()
        workspace = wanted or Workspace.default()
        name = given.get("period") or periods.DEFAULT
        return Choice(
            workspace_id=workspace.pk,
            workspace=workspace.slug,
            period=Period(given["first"], given["last"])
            if name == "own"
            else periods.named(name, today),
            zone=timezone.get_current_timezone(),
            name=name,
            prompt=given.get("prompt", ""),
            model=given.get("model", ""),
        )

"""What staff ask, checked at the door."""

from __future__ import annotations

from typing import Any

from django import forms

from supportapp.insight import checking


class AskDataForm(forms.Form):
    """A question in words, or SQL."""

    question = forms.CharField(max_length=500, required=False)
    sql = forms.CharField(max_length=checking.LONGEST, required=False)
    made = forms.CharField(max_length=2 * checking.LONGEST, required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(given.get(name) for name in ("question", "sql", "made")):
            raise forms.ValidationError("Write a question, or SQL.")
        return given

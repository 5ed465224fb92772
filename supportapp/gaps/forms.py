"""What staff send from these pages, checked."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.utils import timezone

LONGEST_PAUSE = timedelta(days=366)


class DecisionForm(forms.Form):
    """Why a gap is put off or dismissed, and until when."""

    note = forms.CharField(max_length=300, required=False, strip=True)
    days = forms.IntegerField(min_value=1, max_value=LONGEST_PAUSE.days, required=False)

    def until(self) -> date:
        """Return the day until which it is put off, a week where nobody said."""
        return timezone.localdate() + timedelta(days=self.cleaned_data["days"] or 7)


class NameForm(forms.Form):
    """Staff's own name for a gap."""

    name = forms.CharField(max_length=120, strip=True)


class QuestionForm(forms.Form):
    """Which customer's question shall go into the golden set."""

    turn = forms.UUIDField()

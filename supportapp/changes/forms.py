"""What staff send: parsed at the door."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from supportapp.answering.fields import PlainText
from supportapp.conversations.messages import LONGEST

DECISIONS = ("publish", "at_once", "hold", "take_up", "give_up", "send")


class DecisionForm(forms.Form):
    """What is decided about a change, by whom else, and why."""

    decision = forms.ChoiceField(choices=[(each, each) for each in DECISIONS])
    reason = PlainText(required=False, max_length=2000)
    reviewer = forms.ModelChoiceField(User.objects.none(), required=False)

    def __init__(self, *args: Any, reviewers: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reviewers is not None:
            field = self.fields["reviewer"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = reviewers


class ItemForm(forms.Form):
    """A review item, and which article, where the reviewer chose another."""

    item = forms.IntegerField(min_value=1)
    article = forms.IntegerField(min_value=1, required=False)
    material = PlainText(required=False, max_length=12_000)


class BeginForm(forms.Form):
    """Where a recall begins: one of the three."""

    item = forms.IntegerField(min_value=1, required=False)
    turn = forms.UUIDField(required=False)
    revision = forms.IntegerField(min_value=1, required=False)


class RecallForm(forms.Form):
    """A correction's words, why it is sent, and which passages it is about."""

    text = PlainText(max_length=LONGEST, strip=True)
    reason = PlainText(required=False, max_length=300)
    passages = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, offered: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passages"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(each, each) for each in offered]

"""Whom it is about, and that it is meant."""

from django import forms


class WhoForm(forms.Form):
    """An e-mail address, an account's name, or a conversation's id."""

    who = forms.CharField(max_length=254, strip=True)


class EraseForm(forms.Form):
    """Erasing can't be undone: a box is ticked first."""

    sure = forms.BooleanField(
        error_messages={"required": "Tick the box first: this can’t be undone."}
    )

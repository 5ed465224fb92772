"""What visitors send by plain forms, checked at the door."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from supportapp.answering.fields import PageId, PlainEmail, PlainText
from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.guardrails import entrance


class AskForm(forms.Form):
    """One question. `client_id` is made with the form, so that sending it twice asks once."""

    text = PlainText(error_messages={"required": "Write a question first."})
    client_id = PageId()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        longest = settings.MAX_QUESTION_CHARACTERS
        if entrance.admit(text, longest=longest).code == "empty":
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        if len(text) > longest:
            raise forms.ValidationError(
                f"A question can have {longest} characters; this one has {len(text)}."
            )
        return text


class AgainForm(forms.Form):
    """The same question once more."""

    client_id = PageId()


class TitleForm(forms.Form):
    """A conversation's new name."""

    title = PlainText(max_length=120)


class ConfirmationForm(forms.Form):
    """A yes or no to a proposed change; some changes need to know how to reach the customer."""

    answer = forms.ChoiceField(choices=[("yes", "Confirm"), ("no", "No")])
    contact = PlainEmail(
        max_length=254,
        required=False,
        error_messages={
            "invalid": "This doesn’t look like an e-mail address. Example: anna@example.com"
        },
    )

    def __init__(self, *args: Any, needs_contact: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self._needs_contact = needs_contact

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        wants = self._needs_contact and given.get("answer") == "yes" and not self.errors
        if wants and not given.get("contact"):
            raise forms.ValidationError("We need an e-mail address to answer you.")
        return given


class HandoffForm(forms.Form):
    """A request for a person. The conversation goes with it, so little is asked."""

    client_id = PageId()
    contact = PlainEmail(
        max_length=254,
        error_messages={
            "required": "We need an e-mail address to answer you.",
            "invalid": "This doesn’t look like an e-mail address. Example: anna@example.com",
        },
    )
    name = PlainText(max_length=100, required=False)
    message = PlainText(max_length=2000, required=False)
    turn = PageId(required=False)

    def own_turn(self, conversation: Conversation) -> Turn | None:
        """Return the turn that the request is about, where it is one of this conversation."""
        turn_id: UUID | None = self.cleaned_data["turn"]
        return conversation.turns.filter(pk=turn_id).first() if turn_id else None

    def first_handoff(self) -> Handoff | None:
        """Return what was stored when this same form was sent before."""
        return Handoff.objects.filter(client_id=self.cleaned_data["client_id"]).first()

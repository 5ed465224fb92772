"""What customers and reviewers send, checked."""

from django import forms

from supportapp.answering.fields import STALE, PageId, PlainText
from supportapp.review.models import Annotation, Feedback, Signal

# The server sees the others happen; these two it must be told of.
TOLD_SIGNALS = (Signal.Kind.COPIED, Signal.Kind.FOLLOWED_CITATION)


class FeedbackForm(forms.Form):
    """Thumbs with reasons and a comment; an empty value takes them back."""

    value = forms.ChoiceField(
        choices=[("", ""), *Feedback.Value.choices],
        required=False,
        error_messages={"invalid_choice": STALE},
    )
    reasons = forms.MultipleChoiceField(
        choices=Feedback.Reason.choices,
        required=False,
        error_messages={"invalid_choice": STALE, "invalid_list": STALE},
    )
    comment = PlainText(max_length=2000, required=False)


class SignalForm(forms.Form):
    """Something done in the page; `event_id` is made there, so that a resend counts once."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in TOLD_SIGNALS])
    event_id = PageId()


class VerdictForm(forms.Form):
    """One reviewer's verdict."""

    verdict = forms.ChoiceField(choices=Annotation.Verdict.choices)
    note = PlainText(max_length=2000, required=False)


class ApprovalForm(forms.Form):
    """The words that everybody gets who asks this."""

    question = PlainText(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    answer = PlainText(max_length=8000, widget=forms.Textarea(attrs={"rows": 10}))
    review_by = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

"""What customers and reviewers send, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from supportapp.answering.fields import STALE, PageId, PlainText
from supportapp.conversations.models import Turn
from supportapp.evals.models import Example
from supportapp.knowledge.models import Article
from supportapp.review import labelling
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, Feedback, Label, Signal

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
    correction = PlainText(max_length=4000, required=False)
    solved = forms.BooleanField(required=False)


class SignalForm(forms.Form):
    """Something done in the page; `event_id` is made there, so that a resend counts once."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in TOLD_SIGNALS])
    event_id = PageId()


class YesOrNo(forms.TypedChoiceField):
    """Yes, no, or nothing said."""

    def __init__(self) -> None:
        super().__init__(
            choices=[("", ""), ("yes", "Yes"), ("no", "No")],
            coerce=lambda value: value == "yes",
            empty_value=None,
            required=False,
        )


class VerdictForm(forms.Form):
    """One reviewer's verdict, and what they answered in yes and no beside it.

    Without a verdict the answers must amount to one.
    """

    verdict = forms.ChoiceField(choices=[("", ""), *Annotation.Verdict.choices], required=False)
    note = PlainText(max_length=2000, required=False)

    def __init__(self, turn: Turn, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._declined = turn.outcome == "no_evidence"
        self._parts = len(labelling.in_sentences(turn.answer))
        for question in Label.Question.values:
            self.fields[question] = YesOrNo()
        for number in range(self._parts):
            self.fields[f"sentence_{number}"] = YesOrNo()

    def clean(self) -> dict[str, Any]:
        """Refuse what contradicts itself, and answers that leave the verdict open."""
        given = super().clean() or {}
        labels = {
            name: given[name] for name in Label.Question.values if given.get(name) is not None
        }
        sentences = {
            number: given[f"sentence_{number}"]
            for number in range(self._parts)
            if given.get(f"sentence_{number}") is not None
        }
        if False in sentences.values():
            labels.setdefault(Label.Question.SUPPORTED, False)
        verdict = given.get("verdict") or labelling.verdict_of(labels, declined=self._declined)
        if not verdict:
            if not self.errors:
                self.add_error(None, "Choose a verdict, or answer more of the questions.")
            return given
        against = labelling.contradiction(verdict, labels, sentences, declined=self._declined)
        if against:
            question = Label.Question(against).label.lower()
            said = Annotation.Verdict(verdict).label
            self.add_error(None, f"“{said}” doesn’t go with what you said of “{question}”.")
        given["judgement"] = Judgement(verdict, given.get("note", ""), labels, sentences)
        return given


class ApprovalForm(forms.Form):
    """The words that everybody gets who asks this."""

    question = PlainText(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    answer = PlainText(max_length=8000, widget=forms.Textarea(attrs={"rows": 10}))
    review_by = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class AliasForm(forms.Form):
    """Another name for an article that an answer cites or that was close to the question."""

    article = forms.TypedChoiceField(coerce=int, error_messages={"invalid_choice": STALE})
    alias = PlainText(max_length=80)

    def __init__(self, articles: Sequence[Article], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["article"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(str(each.pk), each.title) for each in articles]


class GoldenForm(forms.Form):
    """A golden example: what is asked, what is right, what must and mustn't be said."""

    question = PlainText(max_length=2000)
    expected = PlainText(max_length=4000, required=False)
    outcome = forms.ChoiceField(choices=Example.Outcome.choices[:2])
    must_say = PlainText(max_length=2000, required=False)
    must_not_say = PlainText(max_length=2000, required=False)


class MessageForm(forms.Form):
    """What is written to a customer; `key` is made by the page, so that a resend counts once."""

    text = PlainText(max_length=4000)
    key = PageId(required=False)

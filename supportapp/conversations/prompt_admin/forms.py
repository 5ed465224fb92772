"""What staff type on the pages of prompts and rollouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from supportapp.answering import sections, strictness
from supportapp.answering.choices import Retrieval
from supportapp.answering.models import Label, PromptVersion, Rollout
from supportapp.answering.reranking import MODES
from supportapp.answering.rollouts import Guards, Plan
from supportapp.answering.sections import ModelStyles, Style
from supportapp.answering.strictness import PromptRefused
from supportapp.answering.versions import Written
from supportapp.conversations.models import Turn
from supportapp.gateway import registry
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.models import Workspace

LONGEST_QUESTION = 70
# What works while a question is answered; names and judgements come afterwards.
TRIED = ("answer", "rewrite", "suggest")


class WorkspaceForm(forms.Form):
    """Whose prompts are looked at."""

    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)


class LabelForm(forms.Form):
    """Which label goes to a version, and why."""

    label = forms.ChoiceField(choices=Label.choices)
    why = forms.CharField(required=False, max_length=300)

    def clean_why(self) -> str:
        return clean_line(self.cleaned_data["why"])


class PromptForm(forms.Form):
    """A prompt as it is written."""

    body = forms.CharField(
        label="Prompt",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false"}),
    )
    style = forms.ChoiceField(
        label="Parts are marked",
        choices=[(Style.TAGS, "as tags"), (Style.HEADINGS, "under headings")],
    )
    model_styles = forms.CharField(
        label="But for these models",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A pattern and a style on each line, such as gpt-4o*: headings",
    )
    why = forms.CharField(
        label="Why", required=False, max_length=300, help_text="What this version is meant to do."
    )

    def __init__(self, purpose: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.purpose = purpose

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\0", "")

    def clean_model_styles(self) -> ModelStyles:
        try:
            return sections.parse(self.cleaned_data["model_styles"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_why(self) -> str:
        return clean_line(self.cleaned_data["why"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "body" in data and "model_styles" in data and "style" in data:
            try:
                strictness.require(self.purpose, self.written.as_prompt(self.purpose))
            except PromptRefused as refused:
                for fault in refused.faults:
                    self.add_error("body", fault)
        return data

    @property
    def written(self) -> Written:
        """Return what was written."""
        data = self.cleaned_data
        return Written(data["body"], Style(data["style"]), data["model_styles"])


class TurnForm(forms.Form):
    """The past question that a prompt is filled in with."""

    turn = forms.TypedChoiceField(label="With the question", coerce=UUID, required=False)

    def __init__(self, turns: list[Turn], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = {str(each.pk): each for each in turns}
        field = self.fields["turn"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(key, _shortened(each.question)) for key, each in self.known.items()]

    @property
    def chosen(self) -> Turn | None:
        """Return the question that was chosen, or the latest."""
        given = str(self.cleaned_data.get("turn") or "")
        return self.known.get(given) or next(iter(self.known.values()), None)


class RolloutForm(forms.Form):
    """What is tried, how, and when it goes too far."""

    mode = forms.ChoiceField(label="How", choices=Rollout.Mode.choices)
    share = forms.FloatField(
        label="Share of the conversations, in percent",
        min_value=0.1,
        max_value=100,
        initial=10,
        help_text="A conversation keeps its side as long as this runs.",
    )
    prompt = forms.ModelChoiceField(
        PromptVersion.objects.none(), required=False, empty_label="the one that counts now"
    )
    model = forms.ChoiceField(required=False)
    evidence = forms.IntegerField(
        label="Passages as evidence", required=False, min_value=1, max_value=30
    )
    characters = forms.IntegerField(
        label="Characters of evidence in a prompt", required=False, min_value=500, max_value=100_000
    )
    rerank = forms.ChoiceField(
        label="Passages read once more",
        required=False,
        choices=[("", "as set"), *((mode, mode) for mode in MODES)],
    )
    down = forms.FloatField(
        label="Rated down, percent", required=False, min_value=0, max_value=100, initial=20
    )
    declined = forms.FloatField(
        label="Declined, percent", required=False, min_value=0, max_value=100, initial=50
    )
    errors_ = forms.FloatField(
        label="Errors, percent", required=False, min_value=0, max_value=100, initial=10
    )
    blocked = forms.FloatField(
        label="Blocked, percent", required=False, min_value=0, max_value=100, initial=10
    )
    first_token_ms = forms.IntegerField(
        label="First token (p95), ms", required=False, min_value=1, max_value=600_000
    )
    least_turns = forms.IntegerField(
        label="After so many answers", min_value=1, max_value=100_000, initial=20
    )
    why = forms.CharField(required=False, max_length=300)

    def __init__(self, workspace: Workspace, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        prompt, model = self.fields["prompt"], self.fields["model"]
        assert isinstance(prompt, forms.ModelChoiceField)
        assert isinstance(model, forms.ChoiceField)
        prompt.queryset = PromptVersion.objects.filter(
            workspace=workspace, purpose__in=TRIED
        ).order_by("purpose", "-number")
        names = [each.endpoint.name for each in registry.configured()]
        model.choices = [("", "the one that is asked now"), *((name, name) for name in names)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.plan().kind  # noqa: B018  # asked for what it refuses
            except ValueError as error:
                self.add_error(None, str(error))
        return data

    def plan(self) -> Plan:
        """Return what was chosen."""
        data = self.cleaned_data
        return Plan(
            mode=data["mode"],
            share=data["share"] / 100,
            prompt=data["prompt"],
            model=data["model"],
            retrieval=Retrieval(data["evidence"], data["characters"], data["rerank"]),
            guards=Guards(
                down=_share(data["down"]),
                declined=_share(data["declined"]),
                errors=_share(data["errors_"]),
                blocked=_share(data["blocked"]),
                first_token_ms=data["first_token_ms"],
                least_turns=data["least_turns"],
            ),
            why=clean_line(data["why"]),
        )


class ShareForm(forms.Form):
    """Another share."""

    share = forms.FloatField(min_value=0.1, max_value=100)


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUESTION else f"{line[:LONGEST_QUESTION]}…"

"""What staff send: a dataset, a file of examples, an example, a run, an opinion."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from supportapp.evals import importing, lines, running
from supportapp.evals.lines import BadLine, PlainLine, Read
from supportapp.evals.models import Example
from supportapp.evals.scorers import assertions
from supportapp.evals.scorers.assertions import BadAssertion
from supportapp.knowledge.models import Audience, Workspace


class StyledForm(forms.Form):
    """A form whose fields look like those of other pages."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.CheckboxSelectMultiple):
                field.widget.attrs["class"] = "input"


class DatasetForm(StyledForm):
    """A new dataset."""

    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)
    name = forms.SlugField(max_length=80, allow_unicode=True, help_text="Such as billing-2026.")
    description = forms.CharField(max_length=300, required=False)
    topic = forms.CharField(max_length=120, required=False)


class UploadForm(StyledForm):
    """A file of examples."""

    file = forms.FileField(widget=forms.FileInput(attrs={"accept": ".jsonl,.json,.txt"}))

    def clean_file(self) -> str:
        """Return the file's text."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > lines.MOST_BYTES:
            raise forms.ValidationError(f"At most {lines.MOST_BYTES // 1_000_000} MB.")
        try:
            return importing.decode(file.read())
        except BadLine as error:
            raise forms.ValidationError(str(error)) from None


class RunForm(forms.Form):
    """What is to answer, and why it is run."""

    prompt = forms.CharField(max_length=20, required=False)
    model = forms.CharField(max_length=60, required=False)
    repeats = forms.IntegerField(min_value=1, max_value=running.MOST_REPEATS, initial=1)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    reason = forms.CharField(max_length=300, required=False)
    is_judged = forms.BooleanField(required=False, initial=True)


class ExampleForm(StyledForm):
    """One example. Lists are one item a line; the conversation's lines begin with U: or S:."""

    question = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    expected = forms.CharField(
        label="The expert’s answer", max_length=8000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label="What should happen", choices=Example.Outcome.choices, required=False
    )
    must_say = forms.CharField(
        label="Must say", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One fact a line; “a | b” means either.",
    )  # fmt: skip
    must_not_say = forms.CharField(
        label="Must not say", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line.",
    )  # fmt: skip
    articles = forms.CharField(
        label="Articles that answer it", required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="Their addresses, one a line.",
    )  # fmt: skip
    topic = forms.CharField(max_length=120, required=False)
    language = forms.CharField(max_length=10, initial="en")
    audiences = forms.MultipleChoiceField(
        label="Asked by", choices=Audience.choices, initial=["public"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    context = forms.CharField(
        label="Said before", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One turn a line: “U: …” for the customer, “S: …” for the assistant.",
    )  # fmt: skip
    assertions = forms.CharField(
        label="Further assertions", required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One JSON object a line, such as {\"kind\": \"words\", \"most\": 120}",
    )  # fmt: skip
    note = forms.CharField(max_length=300, required=False)

    def clean_assertions(self) -> list[dict[str, Any]]:
        """Return the assertions, with the suggested ones that were ticked."""
        given = self.cleaned_data["assertions"].splitlines()
        given += getattr(self.data, "getlist", lambda name: [])("suggested")
        found: list[dict[str, Any]] = []
        for number, line in enumerate(filter(str.strip, given), start=1):
            try:
                read = assertions.parse(json.loads(line))
            except (json.JSONDecodeError, RecursionError):
                raise forms.ValidationError(f"Line {number} isn’t JSON.") from None
            except BadAssertion as error:
                raise forms.ValidationError(f"Line {number}: {error}.") from None
            found.append(read.model_dump(exclude_unset=True, mode="json"))
        return found

    def clean(self) -> dict[str, Any]:
        """Read all of it by the rules that files are read by."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        try:
            read = list(lines.read(json.dumps(self._line(data))))
        except BadLine as error:
            raise forms.ValidationError(str(error).removeprefix("Line 1: ")) from None
        self.example = _only(read)
        return data

    def fields_of_example(self) -> dict[str, Any]:
        """Return what the example is to hold."""
        return self.example.model_dump(exclude={"key", "turn"})

    def _line(self, data: dict[str, Any]) -> dict[str, Any]:
        listed = ("must_say", "must_not_say", "articles")
        said = [line.strip() for line in data["context"].splitlines() if line.strip()]
        return {
            **{name: data[name] for name in data if name not in {"context", *listed}},
            **{name: [*filter(None, map(str.strip, data[name].splitlines()))] for name in listed},
            "context": [{"speaker": line[:1].upper(), "text": line[2:].strip()} for line in said],
        }


def _only(read: list[Read]) -> PlainLine:
    return read[0].example


def initial_of(example: Example) -> dict[str, Any]:
    """Return an example as its form shows it."""
    return {
        "question": example.question,
        "expected": example.expected,
        "outcome": example.outcome,
        "must_say": "\n".join(example.must_say),
        "must_not_say": "\n".join(example.must_not_say),
        "articles": "\n".join(example.articles),
        "topic": example.topic,
        "language": example.language,
        "audiences": example.audiences,
        "context": "\n".join(f"{each['speaker']}: {each['text']}" for each in example.context),
        "assertions": "\n".join(
            json.dumps(each, ensure_ascii=False) for each in example.assertions
        ),
        "note": example.note,
    }

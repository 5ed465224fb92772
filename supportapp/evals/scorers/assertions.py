"""What an answer must and mustn't say, its counts, its format, its shape as JSON. Pure.

An example's own words (must_say, must_not_say) and its assertions are checked alike: each holds or
doesn't, and the score is the share that holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from supportapp.evals.scorers import json_schema, wordings
from supportapp.evals.values import SAYS_NOTHING, Answered, Known, Score
from supportapp.retrieval import sentences

NAME = "assertions"
MOST = 40
_STEP = re.compile(r"^\s*\d{1,3}[.)]\s", re.MULTILINE)
_BULLET = re.compile(r"^\s*[-*+•]\s", re.MULTILINE)
_TABLE = re.compile(r"^\s*\|.+\|\s*$\n^\s*\|[\s:|-]+\|\s*$", re.MULTILINE)
_LINK = re.compile(r"https?://|\]\(")
_FENCED = re.compile(r"^\s*```\w*\n(?P<body>.*?)\n```\s*$", re.DOTALL)
Words = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class Assertion(BaseModel):
    """One thing that holds of an answer or doesn't."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Says(Assertion):
    """The answer says it in one of these ways, or in none."""

    kind: Literal["says", "says_not"]
    any: Annotated[list[Words], Field(min_length=1, max_length=20)]

    def fault(self, answered: Answered) -> str:
        said = wordings.bare(answered.text)
        found = [each for each in self.any if wordings.times(said, each)]
        if self.kind == "says":
            return "" if found else f"doesn't say {_listed(self.any)}"
        return f"says {_listed(found)}" if found else ""


class Counts(Assertion):
    """So many words, sentences or citations, or so often some words."""

    kind: Literal["words", "sentences", "citations", "says_times"]
    least: Count = 0
    most: Count | None = None
    text: Annotated[str, Field(max_length=200)] = ""

    def fault(self, answered: Answered) -> str:
        count = self._count(answered)
        if count < self.least:
            return f"{count} {self._what()}, at least {self.least} expected"
        if self.most is not None and count > self.most:
            return f"{count} {self._what()}, at most {self.most} expected"
        return ""

    def _what(self) -> str:
        return f"times “{self.text}”" if self.kind == "says_times" else self.kind

    def _count(self, answered: Answered) -> int:
        if self.kind == "citations":
            return len({each.passage_id for each in answered.citations})
        said = wordings.bare(answered.text)
        if self.kind == "says_times":
            return wordings.times(said, self.text)
        if self.kind == "words":
            return sentences.count_words(said)
        return sum(len(sentences.split(line)) for line in answered.text.splitlines())


class Cites(Assertion):
    """The answer cites this article."""

    kind: Literal["cites"]
    article: Words

    def fault(self, answered: Answered) -> str:
        cited = {each.slug for each in answered.citations}
        return "" if self.article in cited else f"doesn't cite {self.article}"


class Ends(Assertion):
    """How the question ends: answered, no_evidence, blocked, smalltalk."""

    kind: Literal["outcome"]
    value: Literal["answered", "no_evidence", "blocked", "smalltalk"]

    def fault(self, answered: Answered) -> str:
        return "" if answered.outcome == self.value else f"ended as {answered.outcome or 'a fault'}"


class Format(Assertion):
    """How the answer is laid out."""

    kind: Literal["format"]
    value: Literal["steps", "bullets", "table", "one_paragraph", "json", "no_links"]

    def fault(self, answered: Answered) -> str:
        return "" if self._holds(answered.text.strip()) else f"isn't {self.value}"

    def _holds(self, text: str) -> bool:
        if self.value == "json":
            return parsed(text) is not None
        if self.value == "one_paragraph":
            is_list = _STEP.search(text) or _BULLET.search(text)
            return bool(text) and "\n\n" not in text and not is_list
        if self.value == "no_links":
            return not _LINK.search(text)
        pattern, least = {"steps": (_STEP, 2), "bullets": (_BULLET, 2), "table": (_TABLE, 1)}[
            self.value
        ]
        return len(pattern.findall(text)) >= least


class Shape(Assertion):
    """The answer is JSON of this shape."""

    kind: Literal["json_schema"]
    value: dict[str, Any]

    @field_validator("value")
    @classmethod
    def _known(cls, value: dict[str, Any]) -> dict[str, Any]:
        json_schema.require(value)
        return value

    def fault(self, answered: Answered) -> str:
        found = parsed(answered.text)
        return "isn't JSON" if found is None else json_schema.fault(found.value, self.value)


class Parsed(BaseModel):
    """A text that is JSON."""

    value: Any


class Language(Assertion):
    """The answer's script is this language's: en (any in Latin letters), zh, ja, ko."""

    kind: Literal["language"]
    value: Literal["en", "zh", "ja", "ko"]

    def fault(self, answered: Answered) -> str:
        found = sentences.language_of(wordings.bare(answered.text)) or "en"
        return "" if found == self.value else f"is written in {found}"


Kinds = Annotated[
    Says | Counts | Cites | Ends | Format | Shape | Language, Field(discriminator="kind")
]
_ONE: TypeAdapter[Kinds] = TypeAdapter(Kinds)


class BadAssertion(ValueError):
    """An assertion that can't be checked; the message says why."""


def parse(stored: Any) -> Kinds:
    """Read one assertion; raises BadAssertion."""
    try:
        return _ONE.validate_python(stored)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadAssertion(f"{where} {first['msg'].lower()}".strip()) from None


def parsed(text: str) -> Parsed | None:
    """Return an answer that is JSON, also in a code block."""
    fenced = _FENCED.match(text.strip())
    try:
        return Parsed(value=json.loads(fenced["body"] if fenced else text))
    except (json.JSONDecodeError, RecursionError):
        return None


def all_of(known: Known) -> list[Kinds]:
    """Return everything that an example demands."""
    demanded: list[Kinds] = [
        Says(kind="says", any=wordings.alternatives(each) or [each]) for each in known.must_say
    ]
    demanded += [
        Says(kind="says_not", any=wordings.alternatives(each) or [each])
        for each in known.must_not_say
    ]
    return demanded + [parse(each) for each in known.assertions]


def score(answered: Answered, known: Known) -> Score:
    """Return the share of the demands that hold, and those that don't."""
    demanded = all_of(known)
    if not demanded:
        return SAYS_NOTHING
    faults = [fault for each in demanded if (fault := each.fault(answered))]
    return Score(1 - len(faults) / len(demanded), "; ".join(faults))


def words(stored: Mapping[str, Any]) -> str:
    """Return an assertion as a sentence for pages."""
    each = parse(stored)
    if isinstance(each, Says):
        return f"{'Says' if each.kind == 'says' else 'Never says'} {_listed(each.any)}"
    if isinstance(each, Counts):
        bounds = [f"at least {each.least}"] if each.least else []
        bounds += [] if each.most is None else [f"at most {each.most}"]
        what = f"times “{each.text}”" if each.text else each.kind
        return f"{' and '.join(bounds or ['any number of'])} {what}".capitalize()
    if isinstance(each, Cites):
        return f"Cites {each.article}"
    if isinstance(each, Ends):
        return f"Ends as {each.value}"
    if isinstance(each, Language):
        return f"Is written in {each.value}"
    if isinstance(each, Format):
        return f"Is laid out as {each.value.replace('_', ' ')}"
    return "Is JSON of the given shape"


def _listed(ways: list[str]) -> str:
    return " or ".join(f"“{each}”" for each in ways)

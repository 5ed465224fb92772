"""Examples as lines of JSON: the plain form, openai/evals', and reviewers' labels. Pure.

Which form a line has, its fields tell. A line that can't be read is named by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from supportapp.evals.scorers import assertions as demands
from supportapp.knowledge.cleaning import clean, clean_line

MOST_BYTES = 5_000_000
MOST_EXAMPLES = 5_000
MOST_CONTEXT = 40
SHORT = 60


class BadLine(ValueError):
    """A line that can't be read; the message names it and says why."""


def _cleaned(text: str) -> str:
    return clean(text).strip()


def _several(given: object) -> object:
    return [given] if isinstance(given, str) else given


Question = Annotated[str, Field(max_length=2000), AfterValidator(_cleaned)]
Utterance = Annotated[str, Field(max_length=4000), AfterValidator(_cleaned)]
Long = Annotated[str, Field(max_length=8000), AfterValidator(_cleaned)]
Line = Annotated[str, Field(max_length=200), AfterValidator(clean_line)]
Words = Annotated[list[Line], Field(max_length=40), BeforeValidator(_several)]


class Said(BaseModel):
    """Something said before the question."""

    model_config = ConfigDict(extra="forbid")
    speaker: Literal["U", "S"]
    text: Utterance


class PlainLine(BaseModel):
    """The plain form: what an Example holds."""

    model_config = ConfigDict(extra="forbid")
    key: Line = ""
    question: Question
    context: Annotated[list[Said], Field(max_length=MOST_CONTEXT)] = []
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z]{2,4})?$")] = "en"
    audiences: Annotated[list[Literal["public", "customers", "staff"]], Field(min_length=1)] = [
        "public"
    ]
    expected: Long = ""
    outcome: Literal["answered", "no_evidence", ""] = "answered"
    must_say: Words = []
    must_not_say: Words = []
    articles: Words = []
    assertions: Annotated[list[dict[str, Any]], Field(max_length=demands.MOST)] = []
    topic: Annotated[str, Field(max_length=120), AfterValidator(clean_line)] = ""
    note: Annotated[str, Field(max_length=300), AfterValidator(clean_line)] = ""
    turn: UUID | None = None

    @field_validator("question")
    @classmethod
    def _asks(cls, value: str) -> str:
        if not value:
            raise ValueError("is empty")
        return value

    @field_validator("assertions")
    @classmethod
    def _checkable(cls, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [demands.parse(each).model_dump(exclude_unset=True, mode="json") for each in value]


class RoleMessage(BaseModel):
    """One message as openai/evals has it."""

    role: Literal["system", "user", "assistant", "developer"]
    content: str


class OpenAiLine(BaseModel):
    """openai/evals' form: {"input": messages or a text, "ideal": a text or several}."""

    input: str | Annotated[list[RoleMessage], Field(max_length=MOST_CONTEXT)]
    ideal: str | list[str] = ""

    def plain(self) -> dict[str, Any]:
        """Return it in the plain form. What the system was told belongs to the prompt: left out."""
        said = (
            [RoleMessage(role="user", content=self.input)]
            if isinstance(self.input, str)
            else [each for each in self.input if each.role in {"user", "assistant"}]
        )
        if not said or said[-1].role != "user":
            raise ValueError("input: doesn't end with what a user asks")
        ideals = [self.ideal] if isinstance(self.ideal, str) else self.ideal
        ideals = [each.strip() for each in ideals if each.strip()]
        found: dict[str, Any] = {
            "question": said[-1].content,
            "context": [
                {"speaker": "U" if each.role == "user" else "S", "text": each.content}
                for each in said[:-1]
            ],
            "expected": ideals[0] if ideals else "",
        }
        if ideals and all(len(each) <= SHORT for each in ideals):
            found["assertions"] = [{"kind": "says", "any": ideals}]
        return found


class LabelLine(BaseModel):
    """A reviewer's label, as `manage.py export_labels` writes it."""

    turn: UUID
    question: str
    answer: str = ""
    outcome: str = ""
    verdict: Literal["good", "wrong", "incomplete", "should_decline", "should_answer", "bad_tone"]
    citations: list[dict[str, Any]] = []
    note: str = ""

    def plain(self) -> dict[str, Any] | None:
        """Return what the verdict says of the right answer; None where it says nothing of it."""
        declined = self.outcome == "no_evidence"
        found: dict[str, Any] = {
            "question": self.question,
            "turn": self.turn,
            "note": f"Reviewed: {self.verdict}.",
        }
        articles = list(dict.fromkeys(str(each.get("article", "")) for each in self.citations))
        if self.verdict == "should_decline" or (self.verdict == "good" and declined):
            return found | {"outcome": "no_evidence"}
        if self.verdict == "should_answer":
            return found | {"outcome": "answered"}
        if self.verdict == "good":
            return found | {"expected": self.answer, "articles": articles}
        if self.verdict in {"incomplete", "bad_tone"} and not declined:
            return found | {"articles": articles}
        return None


@dataclass(frozen=True, slots=True)
class Read:
    """One line's example."""

    number: int
    example: PlainLine


def read(text: str) -> Iterator[Read]:
    """Yield the examples of a text; raises BadLine at the first line that can't be read."""
    count = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        example = _read(number, line)
        if example is not None:
            count += 1
            if count > MOST_EXAMPLES:
                raise BadLine(f"Line {number}: at most {MOST_EXAMPLES:,} examples.")
            yield Read(number, example)


def plain(example: Any) -> dict[str, Any]:
    """Return an Example in the plain form, without what says nothing."""
    found = {
        "key": example.key,
        "question": example.question,
        "context": list(example.context),
        "language": example.language,
        "audiences": list(example.audiences),
        "expected": example.expected,
        "outcome": example.outcome,
        "must_say": list(example.must_say),
        "must_not_say": list(example.must_not_say),
        "articles": list(example.articles),
        "assertions": list(example.assertions),
        "topic": example.topic,
        "note": example.note,
        "turn": str(example.source_turn) if example.source_turn else None,
    }
    return {
        name: value
        for name, value in found.items()
        if value not in ([], "", None) or (name == "outcome" and value != "answered")
    }


def openai(example: Any) -> dict[str, Any]:
    """Return an Example as openai/evals takes it: the conversation and the ideal answer."""
    roles = {"U": "user", "S": "assistant"}
    said = [{"role": roles[each["speaker"]], "content": each["text"]} for each in example.context]
    return {
        "input": [*said, {"role": "user", "content": example.question}],
        "ideal": example.expected or list(example.must_say),
    }


def dump(found: Mapping[str, Any]) -> str:
    """Return one line with its line break."""
    return json.dumps(found, ensure_ascii=False) + "\n"


def _read(number: int, line: str) -> PlainLine | None:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise BadLine(f"Line {number}: isn't JSON.") from None
    if not isinstance(found, dict):
        raise BadLine(f"Line {number}: isn't a JSON object.")
    try:
        given = _plain(found)
        return None if given is None else PlainLine.model_validate(given)
    except ValidationError as error:
        raise BadLine(f"Line {number}: {_said(error.errors()[0])}.") from None
    except ValueError as error:
        raise BadLine(f"Line {number}: {error}.") from None


def _plain(found: dict[str, Any]) -> dict[str, Any] | None:
    if "input" in found:
        return OpenAiLine.model_validate(found).plain()
    if "verdict" in found:
        return LabelLine.model_validate(found).plain()
    return found


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    said = error["msg"].removeprefix("Value error, ")
    return f"{where}: {said[:1].lower()}{said[1:]}"


def keys(examples: Sequence[Read]) -> None:
    """Raise BadLine where two lines have the same key."""
    seen: dict[str, int] = {}
    for each in examples:
        if each.example.key:
            first = seen.setdefault(each.example.key, each.number)
            if first != each.number:
                raise BadLine(f"Line {each.number}: the key is line {first}'s, too.")

"""What a prompt must hold before it is stored: known variables, the needed ones, marked text. Pure.

A prompt that passes renders whatever the question: each branch is tried, with much and with little
to fill in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, meta

from supportapp.answering import prompting, sandbox, sections
from supportapp.answering.prompting import ANSWER, JUDGE, REWRITING, SUGGEST, TITLE, Prompt
from supportapp.answering.values import AssistantProfile

LONGEST = 20_000
BOUNDARY = "b0a4d1e2"
# Stands for what customers, articles and models wrote.
OTHERS_TEXT = "text-of-somebody-else"
EVERYWHERE = frozenset({"boundary", "section"})


class PromptRefused(ValueError):
    """A prompt that can't be stored; `faults` say why, for the one who wrote it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Variable:
    """What a prompt may hold; a needed one it must."""

    name: str
    says: str
    is_needed: bool = False


def _needed(name: str, says: str) -> Variable:
    return Variable(name, says, is_needed=True)


_QUESTION = _needed("question", "what the customer asked")
_EVIDENCE = _needed("evidence", "the passages, each with number, title and text")
_CONTEXT = "what was said before, each with speaker and text"
_LANGUAGE = "the language to write in, such as English"
VARIABLES: Mapping[str, tuple[Variable, ...]] = {
    ANSWER: (
        _QUESTION,
        _EVIDENCE,
        _needed("no_answer", "the word that says that the evidence holds no answer"),
        _needed("canary", "a reference that no answer may hold"),
        _needed("language", _LANGUAGE),
        Variable("context", _CONTEXT),
        Variable("assistant", "name, company, about, support_email, support_hours"),
        Variable("words", "how long an answer may be"),
        Variable("examples", "approved answers, each with question and answer"),
    ),
    REWRITING: (_QUESTION, _needed("context", _CONTEXT)),
    JUDGE: (
        _QUESTION,
        _needed("first", "one answer"),
        _needed("second", "the other"),
        Variable("evidence", _EVIDENCE.says),
    ),
    SUGGEST: (
        _EVIDENCE,
        _needed("count", "how many questions are wanted"),
        Variable("question", _QUESTION.says),
        Variable("language", _LANGUAGE),
    ),
    TITLE: (
        _QUESTION,
        Variable("answer", "what was answered"),
        Variable("language", _LANGUAGE),
        Variable("characters", "how long a name may be"),
    ),
}


def variables(source: str) -> frozenset[str]:
    """Return the variables that a prompt uses. Raises TemplateSyntaxError."""
    _, parts = sandbox.split(source)
    environment = sandbox.environment()
    found = (meta.find_undeclared_variables(environment.parse(text)) for _, text in parts)
    return frozenset().union(*found)


def require(purpose: str, prompt: Prompt) -> None:
    """Raise PromptRefused where the prompt can't be stored for this purpose."""
    faults = tuple(dict.fromkeys(_faults(purpose, prompt)))
    if faults:
        raise PromptRefused(faults)


def sample(purpose: str, *, is_full: bool) -> dict[str, Any]:
    """Return values such as a prompt gets; either with everything, or with what can't be absent."""
    others = OTHERS_TEXT
    passage = {"number": 1, "title": others, "text": others}
    values: dict[str, Any] = {
        "question": others,
        "evidence": [passage, {**passage, "number": 2}] if is_full else [],
        "context": [{"speaker": "Customer", "text": others}] if is_full else [],
        "assistant": AssistantProfile("Ada", "Example", "About." if is_full else ""),
        "examples": [{"question": others, "answer": others}] if is_full else [],
        "language": "English",
        "words": 120,
        "no_answer": prompting.NO_ANSWER,
        "canary": "ref-sample",
        "count": 3,
        "characters": 60,
        "first": others,
        "second": others,
        "answer": others if is_full else "",
    }
    return {each.name: values[each.name] for each in VARIABLES[purpose]}


def _faults(purpose: str, prompt: Prompt) -> Iterator[str]:
    source = prompt.source
    if len(source) > LONGEST:
        yield f"A prompt can have {LONGEST:,} characters."
        return
    _, parts = sandbox.split(source)
    if [role for role, _ in parts] != ["system", "user"]:
        yield "A prompt has two parts: “=== system” on a line of its own, then “=== user”."
        return
    try:
        used = variables(source)
    except TemplateSyntaxError as error:
        yield f"The template can’t be read: {error.message} (in line {error.lineno} of its part)."
        return
    except TemplateError as error:
        yield f"The template can’t be read: {error}."
        return
    unknown = list(_unknown(purpose, used))
    yield from unknown
    yield from _missing(purpose, used)
    if not unknown:
        yield from _unrendered(purpose, prompt)


def _unknown(purpose: str, used: frozenset[str]) -> Iterator[str]:
    known = {each.name for each in VARIABLES[purpose]} | EVERYWHERE
    for name in sorted(used - known):
        near = get_close_matches(name, known, 1)
        yield f"The variable “{name}” isn’t known here" + (
            f"; did you mean “{near[0]}”?" if near else "."
        )


def _missing(purpose: str, used: frozenset[str]) -> Iterator[str]:
    for each in VARIABLES[purpose]:
        if each.is_needed and each.name not in used:
            yield f"The variable “{each.name}” is missing: {each.says}."


def _unrendered(purpose: str, prompt: Prompt) -> Iterator[str]:
    """Try both samples; whatever others wrote has to stand between marks."""
    for is_full in (True, False):
        try:
            messages = prompting.fill(
                prompt, sample(purpose, is_full=is_full), boundary=BOUNDARY, model=""
            )
        except (TemplateError, ValueError, TypeError) as error:
            yield f"It can’t be filled in: {error}."
            return
        if any(OTHERS_TEXT in sections.outside(each.content, BOUNDARY) for each in messages):
            yield (
                "What customers and articles say must stand in a marked part: "
                '{% call section("question") %}…{% endcall %}.'
            )
            return
        shown = "".join(each.content for each in messages)
        if is_full and purpose == ANSWER and OTHERS_TEXT not in shown:
            yield "The question and the evidence don’t come out of it."

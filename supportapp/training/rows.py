"""One example as a line of a training file. Pure.

A model is trained on what it will be asked: the answer prompt with the evidence, as production
renders it. Nothing personal is left in the customer's words, or in the answer to them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from supportapp.answering import prompting
from supportapp.answering.prompting import Prompt, PromptLimits
from supportapp.answering.values import Question
from supportapp.guardrails import personal
from supportapp.llm.values import Message
from supportapp.retrieval.values import Evidence

FOLDER = Path(__file__).parent / "prompts"
LABEL = FOLDER / "label.v1.md.jinja"
# What stands where production puts a line that nobody may know.
CANARY = "ref-training"


@dataclass(frozen=True, slots=True)
class Example:
    """A line with what must be known of it: where it comes from and whose words it holds.

    `text` is what near-duplicates are found by. `visitor` is None where no customer wrote it.
    """

    source: str
    key: str
    text: str
    row: Mapping[str, Any]
    turn: UUID | None = None
    visitor: UUID | None = None
    is_synthetic: bool = False

    @property
    def line(self) -> str:
        return json.dumps(self.row, ensure_ascii=False, separators=(",", ":"))


def asked(question: Question) -> Question:
    """Return a question without personal data; the same in it and before it has the same mark."""
    known = personal.NONE
    context = []
    for each in question.context:
        text, known = personal.redact(each.text, known)
        context.append(replace(each, text=text))
    text, _ = personal.redact(question.text, known)
    return replace(question, text=text, context=tuple(context))


def chat_row(
    prompt: Prompt,
    question: Question,
    evidence: Sequence[Evidence],
    answer: str,
    limits: PromptLimits,
) -> dict[str, Any]:
    """Return a line of chat fine-tuning: the messages, then the answer to imitate."""
    messages = _rendered(prompt, question, evidence, limits)
    return {"messages": [*messages, _said(answer)]}


def preference_row(
    prompt: Prompt,
    question: Question,
    evidence: Sequence[Evidence],
    answers: tuple[str, str],
    limits: PromptLimits,
) -> dict[str, Any]:
    """Return a line of preference tuning: the messages, the better answer, the worse one."""
    better, worse = answers
    return {
        "input": {"messages": _rendered(prompt, question, evidence, limits)},
        "preferred_output": [_said(better)],
        "non_preferred_output": [_said(worse)],
    }


def judging_row(
    question: Question, evidence: Sequence[Evidence], answer: str, labels: Mapping[str, bool]
) -> dict[str, Any]:
    """Return a line that teaches a judge what people said: their labels as JSON."""
    asked_of = asked(question)
    boundary = _boundary(asked_of.text, answer)
    values = {
        "questions": sorted(labels),
        "evidence": [
            {"number": each.number, "title": each.title, "text": each.text} for each in evidence
        ],
        "question": asked_of.text,
        "answer": personal.masked(answer),
    }
    messages = prompting.fill(prompting.load(LABEL), values, boundary=boundary)
    said = json.dumps(dict(sorted(labels.items())))
    return {"messages": [*_as_json(messages), {"role": "assistant", "content": said}]}


def is_clean(example: Example) -> bool:
    """Say whether nothing personal is left in what customers and assistants wrote."""
    return not personal.find(example.text)


def _rendered(
    prompt: Prompt, question: Question, evidence: Sequence[Evidence], limits: PromptLimits
) -> list[dict[str, str]]:
    clean = asked(question)
    boundary = _boundary(clean.text, *(each.text for each in clean.context))
    messages = prompting.render(
        prompt, clean, evidence, limits=limits, boundary=boundary, canary=CANARY
    )
    return _as_json(messages)


def _said(answer: str) -> dict[str, str]:
    return {"role": "assistant", "content": personal.masked(answer)}


def _as_json(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": each.role, "content": each.content} for each in messages]


def _boundary(*texts: str) -> str:
    """Return marks of its own for every example: none shall be learned as the right one."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]

"""Which of two answers is better, asked of a model twice, with the sides swapped. Pure.

A model prefers what it reads first more often than it should; where it changes its mind with the
order, neither is better.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from supportapp.answering import prompting
from supportapp.answering.prompting import Prompt
from supportapp.llm import structured
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions
from supportapp.retrieval.values import Evidence

MOST_TOKENS = 200
EVIDENCE_CHARACTERS = 8_000
ANSWER_CHARACTERS = 4_000
TIE = "tie"


class Reply(BaseModel):
    """What the model says of one order."""

    reason: str = Field(max_length=1000)
    verdict: Literal["first", "second", "tie"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One question with its two answers and what both could rest on."""

    question: str
    production: str
    candidate: str
    evidence: Sequence[Evidence] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The better side, or a tie; with what was said of each order."""

    verdict: str
    details: Mapping[str, Any]


async def judge(pair: Pair, prompt: Prompt, chat: ChatModel, model: str) -> Judged:
    """Compare both ways; raises a `ModelError`."""
    one = await _asked(pair, prompt, chat, model, first=pair.production, second=pair.candidate)
    other = await _asked(pair, prompt, chat, model, first=pair.candidate, second=pair.production)
    sides = (
        {"first": "production", "second": "candidate"}.get(one.verdict, TIE),
        {"first": "candidate", "second": "production"}.get(other.verdict, TIE),
    )
    details = {
        "model": model,
        "prompt": prompt.identity.noted(),
        "verdicts": list(sides),
        "reasons": [one.reason, other.reason],
    }
    return Judged(sides[0] if sides[0] == sides[1] else TIE, details)


async def _asked(
    pair: Pair, prompt: Prompt, chat: ChatModel, model: str, *, first: str, second: str
) -> Reply:
    boundary = secrets.token_hex(4)
    values = {
        "question": pair.question.replace(boundary, ""),
        "first": first[:ANSWER_CHARACTERS].replace(boundary, ""),
        "second": second[:ANSWER_CHARACTERS].replace(boundary, ""),
        "evidence": prompting.evidence_values(pair.evidence, EVIDENCE_CHARACTERS, boundary)
        if pair.evidence
        else [],
    }
    messages = prompting.fill(prompt, values, boundary=boundary, model=model)
    options = ChatOptions(model=model, max_tokens=MOST_TOKENS, temperature=0.0, seed=7)
    return await structured.ask(chat, messages, options, Reply)

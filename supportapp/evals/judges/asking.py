"""How a judge is asked: what is judged stands between marks, reasons come before the verdict."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from supportapp.answering import prompting
from supportapp.evals.values import Answered, Known
from supportapp.guardrails import personal
from supportapp.llm import structured
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions

FOLDER = Path(__file__).resolve().parents[1] / "prompts"
MOST_TOKENS = 500
EVIDENCE_CHARACTERS = 8_000
ANSWER_CHARACTERS = 4_000
SEED = 7
Shape = TypeVar("Shape", bound=BaseModel)


async def ask(
    chat: ChatModel, file: str, answered: Answered, known: Known, shape: type[Shape], model: str
) -> Shape:
    """Return what a judge says; raises a `ModelError`. Customers' data are masked."""
    prompt = prompting.load(FOLDER / file)
    boundary = secrets.token_hex(4)
    values: Mapping[str, object] = {
        "question": _given(known.question, boundary),
        "expected": _given(known.expected, boundary),
        "answer": _given(answered.text, boundary),
        "evidence": prompting.evidence_values(answered.evidence, EVIDENCE_CHARACTERS, boundary)
        if answered.evidence
        else [],
    }
    messages = prompting.fill(prompt, values, boundary=boundary, model=model)
    options = ChatOptions(model=model, max_tokens=MOST_TOKENS, temperature=0.0, seed=SEED)
    return await structured.ask(chat, messages, options, shape)


def _given(text: str, boundary: str) -> str:
    return personal.masked(text)[:ANSWER_CHARACTERS].replace(boundary, "")

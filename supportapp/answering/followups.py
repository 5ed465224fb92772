"""What a model thinks the customer may ask next, thought of while it writes the answer. Pure.

Nothing waits for it but a moment at the end; what fails or comes late is left out, and titles are
proposed as without a model. Each proposal is asked of the search before anyone sees it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from supportapp.answering import prompting
from supportapp.answering.values import Parts, Question
from supportapp.guardrails import instructions
from supportapp.llm.errors import ModelError
from supportapp.llm.values import ChatOptions
from supportapp.retrieval.values import SearchResult

MOST_TOKENS = 160
EVIDENCE_CHARACTERS = 4_000
# A question that customers are offered to send leads nowhere else.
_ADDRESS = re.compile(r"https?:|www\.|@|\w\.(?:com|net|org|io|example)\b", re.IGNORECASE)
_MARKS = re.compile(r"^(?:[-*•]|\d+[.)])\s+|[\"“”]")


class Proposing:
    """Questions that are being thought of."""

    def __init__(self, task: asyncio.Task[tuple[str, ...]]) -> None:
        self._task = task

    async def questions(self, seconds: float) -> tuple[str, ...]:
        """Return them, or nothing where they take longer than this from now on."""
        done, _ = await asyncio.wait([self._task], timeout=seconds)
        return self._task.result() if done and not self._task.cancelled() else ()


@asynccontextmanager
async def begun(
    question: Question, found: SearchResult, parts: Parts
) -> AsyncIterator[Proposing | None]:
    """Begin to think; whatever isn't done when the body ends is stopped, at the model too."""
    wanted = parts.suggesting is not None and parts.limits.suggestions and found.evidence
    if parts.model_for(prompting.SUGGEST) is None or not wanted:
        yield None
        return
    task = asyncio.create_task(_thought_of(question, found, parts))
    try:
        yield Proposing(task)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _thought_of(question: Question, found: SearchResult, parts: Parts) -> tuple[str, ...]:
    chat = parts.model_for(prompting.SUGGEST)
    assert chat is not None
    assert parts.suggesting is not None
    boundary = secrets.token_hex(4)
    values = {
        "question": question.text.replace(boundary, ""),
        "evidence": prompting.evidence_values(found.evidence, EVIDENCE_CHARACTERS, boundary),
        "language": prompting.language_name(question.language),
        "count": parts.limits.suggestions,
    }
    messages = prompting.fill(parts.suggesting, values, boundary=boundary, model=parts.chat_model)
    options = ChatOptions(
        model=parts.chat_model, max_tokens=MOST_TOKENS, temperature=0.0, seed=parts.limits.seed
    )
    text = ""
    try:
        async with aclosing(chat.stream(messages, options)) as stream:
            async for delta in stream:
                text += delta.text
    except ModelError:
        return ()
    lines = (
        _MARKS.sub("", line.strip()).strip() for line in instructions.unmarked(text).splitlines()
    )
    asked = [line for line in lines if line.endswith(("?", "？")) and not _ADDRESS.search(line)]
    return tuple(asked[: parts.limits.suggestions])

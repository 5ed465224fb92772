"""A follow-up question made to stand alone, by the model, in one short call. Pure.

Nobody is shown the result: it is only searched, beside the customer's own words. What the model
makes is checked before it is used; and whatever goes wrong, or takes too long, the question is
searched as it was asked, and the receipt says why.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from supportapp.answering import prompting, standalone
from supportapp.answering.prompting import PromptIdentity
from supportapp.answering.values import Parts, Question
from supportapp.llm.errors import ModelError
from supportapp.llm.values import ChatOptions, Delta, Message, Usage
from supportapp.tracing import Trace, identifier

REWRITE = "rewrite"
USED = "used"
UNCHANGED = "unchanged"
LONG_QUESTION = "long_question"
DEADLINE = "deadline"
_AS_IT_SHOULD_BE = frozenset({"", USED, UNCHANGED, LONG_QUESTION})
# Who writes more than this says what it is about; it is no follow-up to be completed.
LONGEST_QUESTION = 400
MOST_TOKENS = 200
CONTEXT_CHARACTERS = 2000
# An answer of the assistant says at its beginning what it is about.
LONGEST_TURN = 400


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How a rewriting went. `outcome` is empty where none was called for; then no model was asked.

    `text` is the question that stands alone, or empty where the question is searched as asked.
    """

    outcome: str = ""
    text: str = ""
    model: str = ""
    usage: Usage | None = None
    milliseconds: float = 0.0
    prompt: PromptIdentity | None = None

    @property
    def failed(self) -> bool:
        """Return whether the search goes on without what should have been."""
        return self.outcome not in _AS_IT_SHOULD_BE

    def noted(self) -> dict[str, Any] | None:
        """Return what the receipt keeps: numbers and names, no text."""
        if not self.outcome:
            return None
        usage, prompt = self.usage, self.prompt
        return {
            "outcome": self.outcome,
            "characters": len(self.text),
            "ms": round(self.milliseconds, 1),
            "model": self.model,
            "prompt": None if prompt is None else prompt.noted(),
            "usage": None
            if usage is None
            else {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": usage.cached_tokens,
            },
        }


async def rewrite(question: Question, parts: Parts, trace: Trace) -> Rewriting:
    """Make the question stand alone. Never raises a `ModelError`, and keeps its deadline."""
    if parts.model_for(REWRITE) is None or parts.rewriting is None or not question.context:
        return Rewriting()
    if len(question.text) > LONGEST_QUESTION:
        return Rewriting(LONG_QUESTION)
    began = trace.elapsed_ms()
    with trace.span("rewriting", model=identifier(parts.chat_model)) as span:
        made = await _made(question, parts)
        span.set(outcome=made.outcome, characters=len(made.text))
        if made.usage is not None:
            span.set(
                prompt_tokens=made.usage.prompt_tokens,
                completion_tokens=made.usage.completion_tokens,
            )
    return replace(made, milliseconds=trace.elapsed_ms() - began, prompt=parts.rewriting.identity)


def applied(question: Question, made: Rewriting) -> Question:
    """Return the question with what is searched for it; its own words stay what they are."""
    return replace(question, standalone=made.text) if made.text else question


async def _made(question: Question, parts: Parts) -> Rewriting:
    reply = _Reply(model=parts.chat_model)
    try:
        async with asyncio.timeout(parts.limits.rewrite_seconds):
            await reply.read(question, parts)
    except TimeoutError:
        return reply.came_to(DEADLINE)
    except ModelError as error:
        return reply.came_to(error.code)
    text = standalone.tidied(reply.text)
    if fault := standalone.fault(text, question):
        return reply.came_to(fault)
    if standalone.is_same(text, question.text):
        return reply.came_to(UNCHANGED)
    return replace(reply.came_to(USED), text=text)


@dataclass(slots=True)
class _Reply:
    """What the model says, as far as it is read."""

    model: str
    text: str = ""
    usage: Usage | None = None

    async def read(self, question: Question, parts: Parts) -> None:
        longest = standalone.longest(question)
        async with aclosing(_stream(question, parts)) as deltas:
            async for delta in deltas:
                self.text += delta.text
                self.model = delta.model or self.model
                self.usage = delta.usage or self.usage
                if len(self.text.strip()) > longest:
                    return

    def came_to(self, outcome: str) -> Rewriting:
        return Rewriting(outcome, model=self.model, usage=self.usage)


def _stream(question: Question, parts: Parts) -> AsyncGenerator[Delta, None]:
    chat = parts.model_for(REWRITE)
    assert chat is not None
    options = ChatOptions(
        model=parts.chat_model,
        max_tokens=MOST_TOKENS,
        temperature=0.0,
        seed=parts.limits.seed,
    )
    return chat.stream(_messages(question, parts), options)


def _messages(question: Question, parts: Parts) -> tuple[Message, ...]:
    assert parts.rewriting is not None
    said = tuple(replace(each, text=each.text[:LONGEST_TURN]) for each in question.context)
    return prompting.render_follow_up(
        parts.rewriting,
        replace(question, context=said),
        characters=CONTEXT_CHARACTERS,
        boundary=secrets.token_hex(4),
        model=parts.chat_model,
    )

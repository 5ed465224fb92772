"""Moderation around an answer: the question before it, the written text before it is shown. Pure.

Another model's judgement, where one is configured. An answer that is to be judged is held until
it is whole; quotes are the articles' own words and aren't judged.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from supportapp.answering.generating import Withdrawn
from supportapp.answering.phrases import say
from supportapp.answering.values import (
    Answer,
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Token,
)
from supportapp.guardrails import moderating
from supportapp.guardrails.incoming import Checked
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import Action, Noted
from supportapp.tracing import Trace, identifier

Events = AsyncGenerator[Event | Withdrawn, None]


async def checked(
    given: Checked, parts: Parts, guards: Guards, noted: Noted, trace: Trace
) -> Checked:
    """Bring a question that the other guards let through past the moderation model.

    Personal data have placeholders by then.
    """
    if parts.moderate is None or given.verdict.reply or not guards.has(moderating.GUARD):
        return given
    with trace.span("moderation") as span:
        verdict = await moderating.judged(given.text, parts.moderate, guards)
        span.set(action=verdict.action.value, code=identifier(verdict.code or "none"))
    noted.verdict(verdict)
    return replace(given, verdict=verdict, safer="") if verdict.reply else given


def is_held(parts: Parts) -> bool:
    """Say whether answers are judged before they are shown."""
    watch = parts.watch
    return parts.moderate is not None and watch is not None and watch.guards.has(moderating.ANSWERS)


async def held(stream: Events, question: Question, parts: Parts, trace: Trace) -> Events:
    """Pass a written answer on once it is judged: whole, withheld, or withdrawn for a quote."""
    tokens: list[Token] = []
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Token):
                tokens.append(event)
                continue
            if _is_written(event):
                assert isinstance(event, Finished)
                event = await _judged(event, question, parts, trace)
            is_shown = isinstance(event, Finished) and event.answer.outcome is Outcome.ANSWERED
            for token in tokens if is_shown else ():
                yield token
            yield event


def _is_written(event: Event | Withdrawn) -> bool:
    """What asks for a yes is in words of our own."""
    if not isinstance(event, Finished):
        return False
    return event.answer.outcome is Outcome.ANSWERED and event.answer.proposal is None


async def _judged(
    event: Finished, question: Question, parts: Parts, trace: Trace
) -> Finished | Withdrawn:
    assert parts.moderate is not None
    assert parts.watch is not None
    guards = parts.watch.guards
    with trace.span("moderation") as span:
        verdict = await moderating.judged(
            event.answer.text, parts.moderate, guards, moderating.ANSWERS
        )
        span.set(action=verdict.action.value, code=identifier(verdict.code or "none"))
    parts.watch.noted.verdict(verdict)
    if verdict.action is Action.ALLOW:
        return event
    if verdict.code == moderating.UNAVAILABLE:
        return Withdrawn(Notice.MODEL_UNAVAILABLE)
    return Finished(_withheld(event.answer, question))


def _withheld(answer: Answer, question: Question) -> Answer:
    return replace(
        answer,
        outcome=Outcome.BLOCKED,
        kind=None,
        text=say("withheld", question.language, question.assistant),
        citations=(),
        tool_sources=(),
        notices=(Notice.WITHHELD, Notice.OFFER_PERSON),
    )

"""The memory in the pipeline: an answer given before, or the one given now kept for later. Pure.

What is served again passes the workspace's rules as they are today, and its receipt says where it
comes from, how alike the questions are and what threshold counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from supportapp.answering import guarding, searching
from supportapp.answering.lookups import Lookups
from supportapp.answering.receipts import guarded
from supportapp.answering.rewriting import Rewriting
from supportapp.answering.routing import Route
from supportapp.answering.values import (
    Answer,
    AnswerKind,
    CitedPassage,
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Stage,
    Token,
)
from supportapp.caching.eligible import Asking, obstacle
from supportapp.caching.values import (
    MemoryQuery,
    Miss,
    ReadPassage,
    Remembered,
    RememberedSource,
    ToRemember,
)
from supportapp.guardrails import rules
from supportapp.retrieval.values import SearchResult
from supportapp.tools import patterns
from supportapp.tracing import Trace


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the memory said. `query` is there where the answer given now may be kept."""

    answer: Answer | None = None
    query: MemoryQuery | None = None
    noted: Mapping[str, Any] | None = None
    turn: UUID | None = None


def recipe(prompt_sha256: str, model: str, *numbers: object) -> str:
    """Return the name of what makes an answer: another prompt, model or number, another name."""
    if not model:
        return ""
    said = "\n".join([prompt_sha256, model, *map(str, numbers)])
    return hashlib.sha256(said.encode()).hexdigest()


async def recall(question: Question, parts: Parts, trace: Trace, tools: Lookups | None) -> Recalled:
    """Look for an answer that was given before, where this question may share one."""
    if parts.memory is None:
        return Recalled()
    text = searching.without_markup(question.standalone or question.text)
    reason = _obstacle(question, text, parts, tools)
    if reason:
        return Recalled(noted={"outcome": "passed", "reason": reason})
    query = MemoryQuery(text, question.scope, question.language, parts.memory.recipe)
    if question.is_fresh:
        return Recalled(noted={"outcome": "passed", "reason": "asked_anew"})
    with trace.span("memory") as span:
        found = await parts.memory.find(query)
        if isinstance(found, Remembered) and _is_forbidden(found.answer, parts):
            found = Miss("forbidden", found.likeness)
        span.set(hit=isinstance(found, Remembered), likeness=round(found.likeness, 4))
    if isinstance(found, Miss):
        missed = {"reason": found.reason, "likeness": round(found.likeness, 4)}
        turn = question.caller.turn_id if question.caller else None
        # What was said before stands in the prompt, and may come to stand in the answer.
        kept = None if question.context else query
        return Recalled(query=kept, noted={"outcome": "miss"} | missed, turn=turn)
    return Recalled(answer=await _given_again(found, parts))


def _obstacle(question: Question, text: str, parts: Parts, tools: Lookups | None) -> str:
    if parts.watch is not None and parts.watch.checked.asks_no_model:
        return "guarded"
    is_wish = tools is not None and patterns.asked(text, tools.tools, tools.caller) is not None
    return obstacle(
        Asking(
            text,
            follows=bool(question.context),
            stands_alone=bool(question.standalone),
            is_redacted=bool(question.redactions),
            uses_tools=is_wish,
        )
    )


def _is_forbidden(text: str, parts: Parts) -> bool:
    watch = parts.watch
    if watch is None or not watch.guards.has("compliance"):
        return False
    return bool(rules.forbids(watch.guards.rules, text))


async def _given_again(found: Remembered, parts: Parts) -> Answer:
    answer = Answer(
        outcome=Outcome.ANSWERED,
        text=found.answer,
        kind=AnswerKind(found.kind),
        citations=tuple(map(_cited, found.sources)),
        suggestions=found.suggestions,
        notices=(Notice.APPROVED if found.is_approved else Notice.REMEMBERED,),
        model=found.model,
    )
    answer = await guarding.complied(answer, parts)
    receipt = {
        **guarded(parts.watch),
        "memory": noted(found),
        "generation": found.generation,
        "evidence": [_evidence(each) for each in found.sources],
        "model": found.model,
        "kind": found.kind,
        "route": {"route": Route.APPROVED if found.is_approved else Route.MEMORY},
        "outcome": Outcome.ANSWERED.value,
    }
    return replace(answer, receipt=receipt)


def noted(found: Remembered) -> dict[str, Any]:
    """Return what a receipt keeps of a hit: numbers and ids."""
    return {
        "outcome": "approved" if found.is_approved else "hit",
        "remembered": found.id,
        "likeness": round(found.likeness, 4),
        "cosine": round(found.cosine, 4),
        "threshold": round(found.threshold, 4),
        "agreement": round(found.agreement, 4),
        "approved_on": found.approved_on.isoformat() if found.approved_on else None,
    }


async def told(answer: Answer, made: Rewriting) -> AsyncGenerator[Event, None]:
    """Give an answer that is there already, as one that is written would be given."""
    yield Stage("writing")
    yield Token(answer.text)
    yield Finished(replace(answer, receipt={**answer.receipt, "rewrite": made.noted()}))


def with_noted(finished: Finished, recalled: Recalled) -> Finished:
    """Let the receipt say what the memory said, where it was asked."""
    if recalled.noted is None:
        return finished
    given = finished.answer
    return Finished(replace(given, receipt={**given.receipt, "memory": dict(recalled.noted)}))


async def keep(
    answer: Answer,
    recalled: Recalled,
    found: SearchResult,
    parts: Parts,
    trace: Trace,
    tools: Lookups | None,
) -> None:
    """Remember a written answer that nothing speaks against."""
    if parts.memory is None or recalled.query is None or not parts.memory.recipe:
        return
    # What was looked up for one customer may be in the text without being cited.
    if tools is not None and tools.results:
        return
    if not _is_worth_keeping(answer, found) or _is_stopgap(parts):
        return
    cited = {each.passage_id: each for each in answer.citations}
    read = [each.passage_id for each in found.evidence]
    passages = [ReadPassage(e.passage_id, e.number, e.quote) for e in answer.citations]
    passages += [ReadPassage(each) for each in read if each not in cited]
    prompt = answer.prompt
    with trace.span("memory.keep") as span:
        kept = await parts.memory.keep(
            ToRemember(
                recalled.query,
                answer.text,
                AnswerKind.GENERATED.value,
                answer.model,
                f"{prompt.name}.{prompt.version}" if prompt else "",
                tuple(passages),
                found.generation,
                found.confidence,
                trace.elapsed_ms(),
                answer.suggestions,
                recalled.turn,
            )
        )
        span.set(kept=kept is not None)


def _is_stopgap(parts: Parts) -> bool:
    """Say whether another route would have been taken with more of the budget left."""
    return parts.taken is not None and parts.taken.decision.is_degraded


def _is_worth_keeping(answer: Answer, found: SearchResult) -> bool:
    """Only whole answers of the model that was meant to write them, from both indexes."""
    return (
        answer.outcome is Outcome.ANSWERED
        and answer.kind is AnswerKind.GENERATED
        and bool(answer.citations)
        and not answer.notices
        and not answer.tool_sources
        and answer.proposal is None
        and not found.degraded
        and len({each.passage_id for each in answer.citations}) == len(answer.citations)
    )


def _cited(source: RememberedSource) -> CitedPassage:
    return CitedPassage(
        source.number,
        source.passage_id,
        source.revision_id,
        source.article_id,
        source.slug,
        source.title,
        source.headings,
        source.quote,
    )


def _evidence(source: RememberedSource) -> dict[str, Any]:
    return {
        "number": source.number,
        "passage": source.passage_id,
        "revision": source.revision_id,
        "article": source.article_id,
        "slug": source.slug,
        "score": 0.0,
    }

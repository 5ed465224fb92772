"""One question becomes one answer: the story, top to bottom. Pure: runs without Django.

`answer` yields stages and tokens, and exactly one `Finished`, or raises one `ModelError` where a
model's answer broke off after some of it was shown. With the model away it quotes the articles.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from supportapp.answering import (
    choosing,
    followups,
    generating,
    guarding,
    lookups,
    quoting,
    reading,
    recalling,
    rewriting,
    sampling,
    searching,
    suggestions,
    taking,
)
from supportapp.answering import notices as said_of
from supportapp.answering.composing import Quotation, write
from supportapp.answering.followups import Proposing
from supportapp.answering.lookups import Lookups
from supportapp.answering.phrases import say
from supportapp.answering.receipts import receipt
from supportapp.answering.rewriting import Rewriting
from supportapp.answering.values import (
    Answer,
    AnswerKind,
    ClosestArticle,
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Stage,
    Token,
)
from supportapp.guardrails import rules
from supportapp.llm.errors import EmbeddingUnavailable, ModelError, ModelIncomplete
from supportapp.retrieval import sentences
from supportapp.retrieval.values import VECTORS, Scope, SearchQuery, SearchResult
from supportapp.tracing import Trace

CLOSEST = 3


async def answer(question: Question, *, parts: Parts, trace: Trace) -> AsyncGenerator[Event, None]:
    """Answer one question. Close the generator to stop the model at once."""
    question = _understood(question)
    watch = await guarding.begin(question, parts, trace)
    if watch.checked.verdict.reply:
        yield Finished(guarding.own_words(question, watch))
        return
    question = guarding.watched(question, watch)
    async with aclosing(_answered(question, guarding.guarded(parts, watch), trace)) as events:
        async for event in events:
            yield guarding.restored(event, question)


async def _answered(question: Question, parts: Parts, trace: Trace) -> AsyncGenerator[Event, None]:
    """Answer a question that the guards let through."""
    parts = taking.prepared(parts)
    tools = await lookups.lookups_for(question, parts, trace)
    if tools is not None and parts.chat is None:
        async for event in lookups.wished(question, tools):
            yield event if isinstance(event, Stage | Token) else tools.completed(event, parts.watch)
            if isinstance(event, Finished):
                return
    yield Stage("searching")
    made = await rewriting.rewrite(question, parts, trace)
    question = rewriting.applied(question, made)
    recalled = await recalling.recall(question, parts, trace, tools)
    if recalled.answer is not None:
        async for event in recalling.told(recalled.answer, made):
            yield event
        return
    with trace.span("retrieval") as span:
        found = await parts.search(searching.query(question), question.scope)
        span.set(
            evidence=len(found.evidence),
            candidates=len(found.candidates),
            confidence=round(found.confidence, 4),
            generation=found.generation,
        )
    if found.is_sure(parts.limits.min_confidence):
        with trace.span("reading"):
            found = await reading.read(question, found, parts)
    parts = taking.chosen(question, found, parts, trace, has_tools=tools is not None)
    async with aclosing(_from(found, question, parts, trace, tools)) as events:
        async for event in events:
            if isinstance(event, Finished):
                await recalling.keep(event.answer, recalled, found, parts, trace, tools)
                event = await _completed(event, found, parts, made, tools)
                event = recalling.with_noted(event, recalled)
            yield event


def _understood(question: Question) -> Question:
    """The language of the answer is the question's own, where its script tells."""
    language = sentences.language_of(searching.without_markup(question.text))
    if language is None or question.language.lower().startswith(language):
        return question
    return replace(question, language=language)


async def _from(
    found: SearchResult,
    question: Question,
    parts: Parts,
    trace: Trace,
    tools: Lookups | None,
) -> AsyncGenerator[Event, None]:
    """Answer from what was found; where that isn't enough, a model may still have a tool for it."""
    is_sure = found.is_sure(parts.limits.min_confidence)
    if not is_sure and (parts.chat is None or tools is None):
        yield Finished(_no_evidence(found, question, parts))
        return
    yield Stage("reading")
    notices = taking.notices(parts)
    if parts.chat is not None:
        shown = False
        given = found if is_sure else replace(found, evidence=())
        try:
            stream = sampling.written(question, given, parts, trace, tools)
            thinking = followups.begun(question, given, parts)
            async with thinking as ahead, aclosing(stream) as events:
                async for event in events:
                    if isinstance(event, generating.Withdrawn):
                        notices = (event.notice,)
                        break
                    shown = shown or isinstance(event, Token)
                    if isinstance(event, Finished):
                        event = await _followed_up(event, found, question, parts, trace, ahead)
                    yield event
                else:
                    return
        except ModelError as error:
            if shown and isinstance(error, ModelIncomplete):
                raise
            notices = (said_of.of(error),)
    if tools is not None:
        async for event in lookups.instead(question, tools, notices):
            yield event
            if isinstance(event, Finished):
                return
    if not is_sure:
        yield Finished(_no_evidence(found, question, parts))
        return
    async for event in _quoted(found, question, parts, trace, notices):
        yield event


async def _quoted(
    found: SearchResult, question: Question, parts: Parts, trace: Trace, notices: tuple[str, ...]
) -> AsyncIterator[Event]:
    """Answer in the articles' own sentences."""
    with trace.span("quoting") as span:
        quotation = await _quotation(found, question, parts)
        span.set(citations=len(quotation.citations), words=sentences.count_words(quotation.text))
    if not quotation.pieces:
        yield Finished(_no_evidence(found, question, parts))
        return
    yield Stage("writing")
    for text in quotation.stream():
        yield Token(text)
    answered = Answer(
        outcome=Outcome.ANSWERED,
        kind=AnswerKind.QUOTED,
        text=quotation.text,
        citations=quotation.citations,
        notices=notices,
    )
    yield await _followed_up(Finished(answered), found, question, parts, trace)


async def _quotation(found: SearchResult, question: Question, parts: Parts) -> Quotation:
    sources = quoting.sources(found.evidence, question.language)
    cut = quoting.units(sources)
    if parts.watch is not None and parts.watch.guards.has("compliance"):
        cut = tuple(unit for unit in cut if not rules.forbids(parts.watch.guards.rules, unit.text))
    asked = reading.asked(replace(question, text=found.read_as or question.text))
    try:
        nearness = await parts.similarity(asked, quoting.texts(cut)) if cut else ()
    except EmbeddingUnavailable:
        nearness = ()
    scored = quoting.score(asked, cut, sources, nearness)
    chosen = choosing.choose(scored, sources, most_words=parts.limits.quoted_words)
    return write(chosen, sources, asked)


def _no_evidence(found: SearchResult, question: Question, parts: Parts) -> Answer:
    closest = {each.slug: ClosestArticle(each.slug, each.title) for each in found.evidence}
    some = tuple(closest.values())[:CLOSEST]
    key = "no_evidence_closest" if some else "no_evidence"
    own = Answer(
        outcome=Outcome.NO_EVIDENCE,
        text=say(key, question.language, question.assistant),
        closest=some,
        notices=(Notice.OFFER_PERSON,),
    )
    return guarding.unanswered(own, question, parts.watch)


async def _followed_up(
    finished: Finished,
    found: SearchResult,
    question: Question,
    parts: Parts,
    trace: Trace,
    ahead: Proposing | None = None,
) -> Finished:
    """Add questions that come next, each one asked of the search first."""
    given = finished.answer
    if given.outcome is Outcome.NO_EVIDENCE:
        return Finished(_declined(given, found, question, parts))
    if given.outcome is not Outcome.ANSWERED or not parts.limits.suggestions:
        return finished
    proposed = suggestions.propose(
        found.evidence,
        cited=[each.passage_id for each in given.citations],
        question=question.text,
    )
    kept: list[str] = []
    with trace.span("suggestions") as span:
        written = await ahead.questions(parts.limits.suggest_seconds) if ahead else ()
        proposed = suggestions.merged(written, proposed, question.text)
        span.set(proposed=len(proposed), written=len(written))
        for suggestion in proposed[: 2 * parts.limits.suggestions]:
            if len(kept) < parts.limits.suggestions and await _is_answered(
                suggestion, question.scope, parts
            ):
                kept.append(suggestion)
        span.set(kept=len(kept))
    return Finished(replace(given, suggestions=tuple(kept)))


async def _is_answered(suggestion: str, scope: Scope, parts: Parts) -> bool:
    found = await parts.search(SearchQuery(suggestion), scope)
    return found.is_sure(parts.limits.min_confidence)


def _declined(given: Answer, found: SearchResult, question: Question, parts: Parts) -> Answer:
    """The model read the evidence and found no answer in it."""
    own = _no_evidence(found, question, parts)
    return replace(
        given,
        text=own.text,
        closest=own.closest,
        notices=own.notices,
        suggestions=own.suggestions,
    )


async def _completed(
    finished: Finished,
    found: SearchResult,
    parts: Parts,
    made: Rewriting,
    tools: Lookups | None,
) -> Finished:
    """Add what every answer keeps: the receipt, and what didn't work on the way."""
    given = await guarding.complied(finished.answer, parts)
    notices = given.notices
    if VECTORS in found.degraded:
        notices = (*notices, Notice.VECTORS_UNAVAILABLE)
    if made.failed:
        found = replace(found, degraded=found.degraded | {rewriting.REWRITE})
    noted = receipt(given, found, parts.watch) | {"rewrite": made.noted()}
    if tools is not None and tools.results:
        noted |= {"tools": tools.noted()}
    if parts.taken is not None:
        noted |= {"route": parts.taken.noted()}
    return Finished(replace(given, notices=notices, receipt=noted))

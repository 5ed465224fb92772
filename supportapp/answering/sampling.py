"""An answer that is written several times over, and the draft that most agree with. Pure.

For questions that staff call critical. Two drafts agree where both cite a common passage, lie near
each other, and hold no figure against each other. Without a majority none is shown: where a model
contradicts itself, the articles' own words stand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from supportapp.answering import generating, moderating, voting
from supportapp.answering.generating import Withdrawn
from supportapp.answering.lookups import Lookups
from supportapp.answering.routing import Route
from supportapp.answering.values import (
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Stage,
    Token,
)
from supportapp.answering.voting import Sample, Vote
from supportapp.guardrails import figures
from supportapp.guardrails.values import Noted
from supportapp.llm.errors import EmbeddingUnavailable, ModelError
from supportapp.retrieval import sentences
from supportapp.retrieval.values import SearchResult
from supportapp.tracing import Trace

# Samples of one temperature near zero are one sample.
SPREAD = 0.7


@dataclass(slots=True)
class Draft:
    """One sample: what it ended in, or what it failed at, and what guards saw of it."""

    noted: Noted
    end: Finished | Withdrawn | None = None
    error: ModelError | None = None
    tokens: list[Token] = field(default_factory=list)

    def sample(self) -> Sample:
        """Return it as it is voted on."""
        if not isinstance(self.end, Finished) or self.end.answer.outcome is not Outcome.ANSWERED:
            return Sample("", frozenset(), is_answer=False)
        answer = self.end.answer
        cited = frozenset(each.passage_id for each in answer.citations)
        return Sample(sentences.plain(answer.text), cited)


async def written(
    question: Question, found: SearchResult, parts: Parts, trace: Trace, lookups: Lookups | None
) -> AsyncGenerator[Event | Withdrawn, None]:
    """Write the answer on the route that was chosen for it."""
    is_voted = parts.taken is not None and parts.taken.decision.route is Route.VOTING
    write = _sampled if is_voted else generating.generate
    stream = write(question, found, parts, trace, lookups)
    if moderating.is_held(parts):
        stream = moderating.held(stream, question, parts, trace)
    async with aclosing(stream) as events:
        async for event in events:
            yield event


async def _sampled(
    question: Question, found: SearchResult, parts: Parts, trace: Trace, lookups: Lookups | None
) -> AsyncGenerator[Event | Withdrawn, None]:
    """The first draft may look things up; one that did stands alone, for the others know less."""
    assert parts.taken is not None
    count = max(2, parts.taken.decision.votes)
    others = [
        asyncio.create_task(_drafted(question, found, _varied(parts, number), trace))
        for number in range(1, count)
    ]
    try:
        first = Draft(Noted())
        async with aclosing(_first(question, found, parts, trace, lookups, first)) as stages:
            async for stage in stages:
                yield stage
        if lookups is not None and (lookups.results or lookups.proposal):
            parts.taken.vote = {"samples": 1, "reason": "looked_up"}
            for event in _shown(first, parts):
                yield event
            return
        yield Stage("comparing")
        drafts = [first, *await asyncio.gather(*others)]
    finally:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    for event in await _elected(drafts, parts, trace):
        yield event


async def _first(
    question: Question,
    found: SearchResult,
    parts: Parts,
    trace: Trace,
    lookups: Lookups | None,
    draft: Draft,
) -> AsyncGenerator[Stage, None]:
    """Write the draft that a single answer would be; the customer sees its steps at once."""
    parts = _apart(parts, draft.noted)
    try:
        stream = generating.generate(question, found, parts, trace, lookups)
        async with aclosing(stream) as events:
            async for event in events:
                match event:
                    case Stage():
                        yield event
                    case Token():
                        draft.tokens.append(event)
                    case _:
                        draft.end = event
    except ModelError as error:
        draft.error = error


async def _drafted(question: Question, found: SearchResult, parts: Parts, trace: Trace) -> Draft:
    draft = Draft(Noted())
    async with aclosing(_first(question, found, parts, trace, None, draft)) as stages:
        async for _ in stages:
            pass
    return draft


def _varied(parts: Parts, number: int) -> Parts:
    limits = parts.limits
    seed = None if limits.seed is None else limits.seed + number
    warm = max(limits.temperature, SPREAD)
    return replace(parts, limits=replace(limits, temperature=warm, seed=seed))


def _apart(parts: Parts, noted: Noted) -> Parts:
    """What guards saw of a draft that nobody is shown isn't the answer's."""
    return parts if parts.watch is None else replace(parts, watch=replace(parts.watch, noted=noted))


async def _elected(
    drafts: Sequence[Draft], parts: Parts, trace: Trace
) -> Sequence[Event | Withdrawn]:
    """Return the events of the draft that won; raises what the first failed at where all did."""
    assert parts.taken is not None
    whole = [each for each in drafts if each.end is not None]
    if not whole:
        raise next(each.error for each in drafts if each.error is not None)
    with trace.span("voting") as span:
        samples = [each.sample() for each in whole]
        vote = voting.count(samples, await _nearness(samples, parts))
        span.set(samples=len(samples), agreement=round(vote.agreement, 4))
    has_won = _is_majority(vote)
    failed = len(drafts) - len(whole)
    parts.taken.vote = vote.noted() | {"failed": failed, "agreed": has_won}
    return _shown(whole[vote.winner], parts) if has_won else [Withdrawn(Notice.DISAGREED)]


def _is_majority(vote: Vote) -> bool:
    return vote.votes[vote.winner] * 2 > len(vote.votes)


def _shown(draft: Draft, parts: Parts) -> list[Event | Withdrawn]:
    if draft.end is None:
        assert draft.error is not None
        raise draft.error
    if parts.watch is not None:
        parts.watch.noted.include(draft.noted)
    return [*draft.tokens, draft.end]


async def _nearness(samples: Sequence[Sample], parts: Parts) -> list[list[float]]:
    """Return how near each is to each; 0 where one holds a figure against the other."""
    texts = [each.text for each in samples if each.is_answer]
    try:
        rows = [await parts.similarity(text, texts) for text in texts]
    except EmbeddingUnavailable:
        rows = [[_overlap(one, other) for other in texts] for one in texts]
    places = {place: row for row, place in enumerate(_answers(samples))}
    return [
        [
            rows[places[one]][places[other]]
            if one in places and other in places and _fit(samples[one].text, samples[other].text)
            else 0.0
            for other in range(len(samples))
        ]
        for one in range(len(samples))
    ]


def _answers(samples: Sequence[Sample]) -> list[int]:
    return [place for place, each in enumerate(samples) if each.is_answer]


def _fit(one: str, other: str) -> bool:
    """One may say more than the other, but not something else."""
    mine, theirs = figures.find(one), figures.find(other)
    return mine <= theirs or theirs <= mine


def _overlap(one: str, other: str) -> float:
    mine, theirs = sentences.terms(one), sentences.terms(other)
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))

"""The generated answer: a prompt, a model's stream, and what may be shown of it. Pure.

What a model writes passes the gates of `gates.py` before anyone sees it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from supportapp.answering import prompting
from supportapp.answering.citations import CitationStream, cited_passages
from supportapp.answering.gates import Gates, SentenceGate
from supportapp.answering.lookups import Lookups, asking, spoken
from supportapp.answering.phrases import say
from supportapp.answering.prompting import PromptLimits
from supportapp.answering.values import (
    Answer,
    AnswerKind,
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Stage,
    Token,
)
from supportapp.guardrails import instructions
from supportapp.guardrails.leaks import LeakGuard
from supportapp.guardrails.outgoing import Judge, Prompted
from supportapp.llm.values import ChatOptions, Delta, Message, Usage
from supportapp.retrieval.values import SearchResult
from supportapp.tools import spotlight
from supportapp.tools.loop import Asking, Begun, Ended, Step
from supportapp.tracing import Trace, identifier

_DECLINES = re.compile(
    r"\b(?:I (?:do not|don't|don’t) (?:know|have)|I(?:'m| am) (?:not sure|unable)|"
    r"(?:could not|couldn't|cannot|can't) (?:find|answer)|no information|not (?:mentioned|covered))"
    r"|我不知道|没有找到|无法回答|没有相关",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The model's text can't stand; the caller quotes the articles and says why."""

    notice: str


@dataclass(slots=True)
class _Wire:
    """What the stream says about itself."""

    rendered: str
    model: str = ""
    endpoint: str = ""
    fingerprint: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    _before: Usage | None = None

    def begin_again(self) -> None:
        """The model is asked once more; its tokens add up."""
        self._before = self.usage

    def note(self, delta: Delta) -> None:
        self.model = delta.model or self.model
        self.endpoint = delta.endpoint or self.endpoint
        self.fingerprint = delta.fingerprint or self.fingerprint
        self.finish_reason = delta.finish_reason or self.finish_reason
        if delta.usage is not None:
            self.usage = delta.usage if self._before is None else _sum(self._before, delta.usage)

    def notices(self, parts: Parts) -> tuple[str, ...]:
        """Say so where another model has answered than the one that was meant to."""
        meant = parts.chat.name if parts.chat is not None else ""
        return (Notice.OTHER_MODEL,) if self.endpoint not in {"", meant} else ()


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.cached_tokens + other.cached_tokens,
    )


async def generate(
    question: Question,
    found: SearchResult,
    parts: Parts,
    trace: Trace,
    lookups: Lookups | None = None,
) -> AsyncGenerator[Event | Withdrawn, None]:
    """Stream one answer; ends in `Finished` or `Withdrawn`, or raises a `ModelError`.

    With tools, the model may look things up first; `lookups` keeps what came of it.
    """
    boundary = prompting.boundary(question.text, parts.canary, parts.limits.seed)
    messages = _messages(question, found, parts, trace, boundary, with_tools=lookups is not None)
    gates = _gates(question, found, parts, lookups)
    wire = _Wire(prompting.fingerprint(messages, boundary, parts.canary))
    yield Stage("writing")
    with trace.span("generation", model=identifier(parts.chat_model)) as span:
        steps = spoken(parts, messages, _options(parts), found, lookups, boundary)
        async with aclosing(steps) as stream:
            async for step in stream:
                if not isinstance(step, Delta):
                    for event in _looked_up(step, lookups, gates, wire, found):
                        yield event
                    continue
                wire.note(step)
                shown = await gates.feed(step.text)
                if shown:
                    if "first_text_ms" not in span.attributes:
                        span.set(first_text_ms=round(trace.elapsed_ms(), 1))
                    yield Token(shown)
                if gates.leaked:
                    break
        rest = await gates.close()
        if wire.usage is not None:
            span.set(
                prompt_tokens=wire.usage.prompt_tokens,
                completion_tokens=wire.usage.completion_tokens,
            )
    if rest:
        yield Token(rest)
    if lookups is not None and lookups.proposal is not None:
        yield Finished(asking(lookups.proposal, question))
        return
    yield _ending(question, found, parts, gates, wire, lookups)


def _gates(question: Question, found: SearchResult, parts: Parts, lookups: Lookups | None) -> Gates:
    rules = f"{prompting.rules(parts.prompt)}\n{spotlight.RULES}"
    watch = parts.watch
    has_leaks = watch is None or watch.guards.has("leaks")
    leaks = LeakGuard(rules if has_leaks else "", parts.canary if has_leaks else "")
    gates = Gates(leaks, CitationStream([each.number for each in found.evidence]))
    if watch is None or not watch.guards.reads_sentences:
        return gates

    def judge() -> Judge:
        evidence = found.evidence + (lookups.stated if lookups else ())
        said = "\n".join([question.text, *(each.text for each in question.context)])
        return Judge(watch.guards, evidence, said, Prompted(rules, parts.canary))

    mark = say("unconfirmed", question.language, question.assistant) if watch.guards.marks else ""
    gates.sentences = SentenceGate(judge, watch.noted, parts.similarity, parts.second_opinion, mark)
    return gates


def _looked_up(
    step: Step,
    lookups: Lookups | None,
    gates: Gates,
    wire: _Wire,
    found: SearchResult,
) -> Iterator[Event]:
    """Follow one step of the tools: what the customer sees of it, and what it makes citable."""
    assert lookups is not None
    match step:
        case Begun():
            if gates.text:
                yield Token("\n\n")
            yield Stage("tool", step.tool.label(lookups.caller.language))
            wire.begin_again()
        case Ended():
            lookups.note(step.result)
        case Asking():
            lookups.proposal = step.proposal
    gates.begin_again([*(each.number for each in found.evidence), *lookups.numbers])


def _messages(
    question: Question,
    found: SearchResult,
    parts: Parts,
    trace: Trace,
    boundary: str,
    *,
    with_tools: bool,
) -> tuple[Message, ...]:
    evidence = parts.watch.spotlit(found.evidence) if parts.watch else found.evidence
    with trace.span("prompt") as span:
        messages = prompting.render(
            parts.prompt,
            question,
            evidence,
            limits=_prompt_limits(parts),
            boundary=boundary,
            canary=parts.canary,
            model=parts.chat_model,
        )
        if with_tools:
            first = messages[0]
            rules = spotlight.rules(boundary)
            messages = (replace(first, content=f"{first.content}\n\n{rules}"), *messages[1:])
        if any(instructions.JOINT in each.text for each in evidence):
            first = messages[0]
            messages = (
                replace(first, content=f"{first.content}\n\n{instructions.RULE}"),
                *messages[1:],
            )
        span.set(characters=sum(len(each.content) for each in messages))
    return messages


def _ending(
    question: Question,
    found: SearchResult,
    parts: Parts,
    gates: Gates,
    wire: _Wire,
    lookups: Lookups | None,
) -> Finished | Withdrawn:
    """Decide what the text is worth."""
    if gates.leaked:
        text = say("withheld", question.language, question.assistant)
        notices = (Notice.WITHHELD, Notice.OFFER_PERSON)
        return Finished(
            replace(_answer(Outcome.BLOCKED, text, parts, gates, wire), notices=notices)
        )
    cited = gates.citations.cited
    if gates.declined or (not cited and _DECLINES.search(gates.text)):
        return Finished(_answer(Outcome.NO_EVIDENCE, "", parts, gates, wire))
    if gates.sentences is not None and gates.sentences.withdraws:
        return Withdrawn(Notice.UNSUPPORTED)
    if not cited or not any(each.isalpha() for each in gates.text):
        return Withdrawn(Notice.UNGROUNDED)
    evidence = found.evidence + (lookups.evidence if lookups else ())
    answer = _answer(Outcome.ANSWERED, gates.text, parts, gates, wire)
    held = gates.sentences is not None and gates.sentences.held > 0
    return Finished(
        replace(
            answer,
            notices=(*wire.notices(parts), *((Notice.HELD_BACK,) if held else ())),
            citations=cited_passages(gates.text, cited, evidence),
            tool_sources=lookups.sources(cited) if lookups else (),
        )
    )


def _answer(outcome: Outcome, text: str, parts: Parts, gates: Gates, wire: _Wire) -> Answer:
    usage = wire.usage
    return Answer(
        outcome=outcome,
        text=text,
        kind=AnswerKind.GENERATED if outcome is Outcome.ANSWERED else None,
        prompt=parts.prompt.identity,
        model=wire.model or parts.chat_model,
        receipt={
            "endpoint": wire.endpoint,
            "rendered_sha256": wire.rendered,
            "fingerprint": wire.fingerprint,
            "finish_reason": wire.finish_reason,
            "temperature": parts.limits.temperature,
            "seed": parts.limits.seed,
            "unknown_citations": gates.citations.unknown,
            "usage": None
            if usage is None
            else {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "cached_tokens": usage.cached_tokens,
            },
        },
    )


def _options(parts: Parts) -> ChatOptions:
    return ChatOptions(
        model=parts.chat_model,
        max_tokens=parts.limits.max_tokens,
        temperature=parts.limits.temperature,
        seed=parts.limits.seed,
    )


def _prompt_limits(parts: Parts) -> PromptLimits:
    return PromptLimits(
        words=parts.limits.quoted_words + parts.limits.quoted_words // 2,
        evidence_characters=parts.limits.prompt_characters,
        context_characters=parts.limits.context_characters,
    )

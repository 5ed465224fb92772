"""The generated answer: a prompt, a model's stream, and what may be shown of it. Pure.

What a model writes passes three gates before anyone sees it: it may be the word for "no answer",
it may leak the prompt, and its citations must point to evidence.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from supportapp.answering import prompting
from supportapp.answering.citations import CitationStream, cited_passages
from supportapp.answering.lookups import Lookups, asking, spoken
from supportapp.answering.phrases import say
from supportapp.answering.prompting import NO_ANSWER, PromptLimits
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
from supportapp.guardrails.leaks import LeakGuard
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

    model: str = ""
    fingerprint: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    _before: Usage | None = None

    def begin_again(self) -> None:
        """The model is asked once more; its tokens add up."""
        self._before = self.usage

    def note(self, delta: Delta) -> None:
        self.model = delta.model or self.model
        self.fingerprint = delta.fingerprint or self.fingerprint
        self.finish_reason = delta.finish_reason or self.finish_reason
        if delta.usage is not None:
            self.usage = delta.usage if self._before is None else _sum(self._before, delta.usage)


@dataclass(slots=True)
class _Gates:
    """The way of a model's words to the customer."""

    leaks: LeakGuard
    citations: CitationStream
    shown: list[str] = field(default_factory=list)
    _opening: str = ""
    _begun: bool = False
    declined: bool = False

    @property
    def text(self) -> str:
        return "".join(self.shown).strip()

    def feed(self, text: str) -> str:
        return self._show(self._past_opening(text))

    def close(self) -> str:
        opening = "" if self._begun or self.declined else self._opening
        return self._show(opening) + self._keep(
            self.citations.feed(self.leaks.close()) + self.citations.close()
        )

    def begin_again(self, numbers: Sequence[int]) -> None:
        """Forget what was only a preamble to a call; from now on these numbers may be cited."""
        self.citations = CitationStream(numbers)
        self.shown.clear()
        self._opening, self._begun, self.declined = "", False, False

    def _past_opening(self, text: str) -> str:
        """Wait while the first word may still be the one for "no answer"."""
        if self._begun or self.declined:
            return "" if self.declined else text
        self._opening += text
        start = self._opening.lstrip(" \n*_`\"'")
        if start.startswith(NO_ANSWER):
            self.declined = True
            return ""
        if NO_ANSWER.startswith(start):
            return ""
        self._begun = True
        return self._opening.lstrip()

    def _show(self, text: str) -> str:
        return self._keep(self.citations.feed(self.leaks.feed(text))) if text else ""

    def _keep(self, text: str) -> str:
        self.shown.append(text)
        return text


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
    boundary = secrets.token_hex(4)
    messages = _messages(question, found, parts, trace, boundary, with_tools=lookups is not None)
    gates = _Gates(
        LeakGuard(f"{prompting.rules(parts.prompt)}\n{spotlight.RULES}", parts.canary),
        CitationStream([each.number for each in found.evidence]),
    )
    wire = _Wire()
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
                shown = gates.feed(step.text)
                if shown:
                    if "first_text_ms" not in span.attributes:
                        span.set(first_text_ms=round(trace.elapsed_ms(), 1))
                    yield Token(shown)
                if gates.leaks.leaked:
                    break
        rest = gates.close()
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


def _looked_up(
    step: Step,
    lookups: Lookups | None,
    gates: _Gates,
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
    with trace.span("prompt") as span:
        messages = prompting.render(
            parts.prompt,
            question,
            found.evidence,
            limits=_prompt_limits(parts),
            boundary=boundary,
            canary=parts.canary,
        )
        if with_tools:
            first = messages[0]
            rules = spotlight.rules(boundary)
            messages = (replace(first, content=f"{first.content}\n\n{rules}"), *messages[1:])
        span.set(characters=sum(len(each.content) for each in messages))
    return messages


def _ending(
    question: Question,
    found: SearchResult,
    parts: Parts,
    gates: _Gates,
    wire: _Wire,
    lookups: Lookups | None,
) -> Finished | Withdrawn:
    """Decide what the text is worth."""
    if gates.leaks.leaked:
        text = say("withheld", question.language, question.assistant)
        notices = (Notice.WITHHELD, Notice.OFFER_PERSON)
        return Finished(
            replace(_answer(Outcome.BLOCKED, text, parts, gates, wire), notices=notices)
        )
    cited = gates.citations.cited
    if gates.declined or (not cited and _DECLINES.search(gates.text)):
        return Finished(_answer(Outcome.NO_EVIDENCE, "", parts, gates, wire))
    if not cited or not any(each.isalpha() for each in gates.text):
        return Withdrawn(Notice.UNGROUNDED)
    evidence = found.evidence + (lookups.evidence if lookups else ())
    answer = _answer(Outcome.ANSWERED, gates.text, parts, gates, wire)
    return Finished(
        replace(
            answer,
            citations=cited_passages(gates.text, cited, evidence),
            tool_sources=lookups.sources(cited) if lookups else (),
        )
    )


def _answer(outcome: Outcome, text: str, parts: Parts, gates: _Gates, wire: _Wire) -> Answer:
    usage = wire.usage
    return Answer(
        outcome=outcome,
        text=text,
        kind=AnswerKind.GENERATED if outcome is Outcome.ANSWERED else None,
        prompt=parts.prompt.identity,
        model=wire.model or parts.chat_model,
        receipt={
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

"""What an answer looked up with tools: each call timed and kept, and the answer without a model.

Pure. A result is cited like an article, with the date as of which it was true.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from supportapp.answering.phrases import say
from supportapp.answering.receipts import guarded
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
    ToolSource,
)
from supportapp.guardrails.personal import NONE as NO_REDACTIONS
from supportapp.guardrails.personal import Redactions
from supportapp.guardrails.watching import Watch
from supportapp.llm.values import ChatOptions, Message
from supportapp.retrieval.values import Evidence, SearchResult
from supportapp.tools import loop, patterns, spotlight, wording
from supportapp.tools.loop import Step
from supportapp.tools.values import Caller, Code, Proposal, Request, Result, Tool, Toolbox
from supportapp.tracing import Trace, identifier


@dataclass(slots=True)
class Lookups:
    """A `Toolbox` that keeps what came of each call, for the answer and its receipt."""

    toolbox: Toolbox
    trace: Trace
    redactions: Redactions = NO_REDACTIONS
    results: list[Result] = field(default_factory=list)
    proposal: Proposal | None = None

    @property
    def caller(self) -> Caller:
        return self.toolbox.caller

    @property
    def tools(self) -> tuple[Tool, ...]:
        return self.toolbox.tools

    async def call(self, request: Request) -> Result:
        """Run a call as a step of the trace."""
        request = self._with_own_data(request)
        with self.trace.span("tool", tool=identifier(request.name)) as span:
            result = await self.toolbox.call(request)
            span.set(code=result.code.value, attempts=result.attempts)
        return result

    def quoted(self, result: Result, boundary: str) -> str:
        """Return a result as the model sees it: the customer's own data stay hidden."""
        text = spotlight.quoted(result, boundary)
        for placeholder, value in self.redactions.values.items():
            text = text.replace(value, placeholder)
        return text

    def _with_own_data(self, request: Request) -> Request:
        """Put the customer's data where a model could only put placeholders.

        Only for what runs here, or what the customer is asked about: they see it on the card.
        """
        tool = next((each for each in self.tools if each.name == request.name), None)
        if not self.redactions or tool is None or not (tool.is_local or tool.changes):
            return request
        try:
            given = json.loads(request.arguments or "{}")
        except (ValueError, RecursionError):
            return request
        if not isinstance(given, dict):
            return request
        back = self.redactions.restore
        own = {name: back(each) if isinstance(each, str) else each for name, each in given.items()}
        return replace(request, arguments=json.dumps(own, ensure_ascii=False))

    def note(self, result: Result) -> None:
        """Keep a result as the loop numbered it."""
        self.results.append(result)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers by which an answer may cite what was looked up."""
        own = (each.number for each in self.results if each.number is not None)
        passages = (passage.number for each in self.results for passage in each.evidence)
        return tuple(dict.fromkeys((*own, *passages)))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The passages that a tool found."""
        found = {passage.number: passage for each in self.results for passage in each.evidence}
        return tuple(found.values())

    @property
    def stated(self) -> tuple[Evidence, ...]:
        """Everything that was looked up, as evidence that sentences are checked against."""
        own = (
            Evidence(number, 0, 0, 0, "", "", (), text, 0.0)
            for number, text in self.facts().items()
        )
        return (*self.evidence, *own)

    def sources(self, cited: Sequence[int]) -> tuple[ToolSource, ...]:
        """Return the results behind a verified text's numbers."""
        by_number = {each.number: each for each in self.results if each.number is not None}
        return tuple(
            source_of(position, by_number[number])
            for position, number in enumerate(cited, start=1)
            if number in by_number
        )

    def noted(self) -> list[dict[str, Any]]:
        """Return the steps as a receipt keeps them: no text but the tools' own labels."""
        return [self._noted(each) for each in self.results]

    def completed(self, finished: Finished, watch: Watch | None) -> Finished:
        """Add the receipt of an answer that needed no search."""
        given = finished.answer
        receipt = {
            "tools": self.noted(),
            **guarded(watch),
            "kind": given.kind.value if given.kind else "",
            "outcome": given.outcome.value,
        }
        return Finished(replace(given, receipt=receipt))

    def facts(self) -> dict[int, str]:
        """Return what each citable result states, for checks of the answer."""
        return {each.number: spotlight.facts(each) for each in self.results if each.number}

    def label(self, name: str) -> str:
        """Return what the chat says of a tool's step."""
        tool = next((each for each in self.tools if each.name == name), None)
        return tool.label(self.caller.language) if tool else ""

    def _noted(self, result: Result) -> dict[str, Any]:
        finding = result.finding
        label = self.label(result.request.name)
        return {
            "tool": result.request.name if label else "unknown",
            "label": label,
            "code": result.code.value,
            "ms": result.milliseconds,
            "attempts": result.attempts,
            "arguments": dict(result.kept),
            "as_of": finding.as_of.isoformat() if finding and finding.as_of else None,
            "passages": [each.passage_id for each in result.evidence],
        }


async def lookups_for(question: Question, parts: Parts, trace: Trace) -> Lookups | None:
    """Return the asker's tools; None where there are none."""
    if parts.tools is None or question.caller is None:
        return None
    caller = replace(question.caller, language=question.language)
    toolbox = await parts.tools(caller)
    return Lookups(toolbox, trace, question.redactions) if toolbox.tools else None


def spoken(
    parts: Parts,
    messages: Sequence[Message],
    options: ChatOptions,
    found: SearchResult,
    lookups: Lookups | None,
    boundary: str,
) -> AsyncGenerator[Step, None]:
    """Stream what the model says and, with tools, what it does before it can say it."""
    assert parts.chat is not None
    if lookups is None:
        return parts.chat.stream(messages, options)
    return loop.converse(
        parts.chat,
        messages,
        options,
        lookups,
        quoted=lambda result: lookups.quoted(result, boundary),
        first_number=max((each.number for each in found.evidence), default=0) + 1,
        limits=loop.Limits(rounds=parts.limits.tool_rounds),
    )


def source_of(number: int, result: Result) -> ToolSource:
    """Return a result as a source with a number."""
    assert result.finding is not None
    finding = result.finding
    return ToolSource(number, result.request.name, finding.source, finding.as_of)


async def wished(question: Question, lookups: Lookups) -> AsyncGenerator[Event, None]:
    """Answer a plain wish by a declared wording, without a model; silent where there is none.

    A tool that has nothing to say leaves the question to the articles.
    """
    request = patterns.asked(question.text, lookups.tools, lookups.caller)
    if request is None:
        return
    yield Stage("tool", lookups.label(request.name))
    result = await lookups.call(request)
    lookups.note(result)
    if result.proposal is not None:
        yield Finished(asking(result.proposal, question))
    elif result.is_ok and not (result.finding and result.finding.evidence):
        for event in own_words([result]):
            yield event


async def instead(
    question: Question, lookups: Lookups, notices: tuple[str, ...]
) -> AsyncGenerator[Event, None]:
    """Answer where a model was asked and gave nothing that may be shown.

    What it had looked up by then counts; otherwise a declared wording may still reach a tool.
    """
    said = own_words(lookups.results)
    for event in said:
        yield _with(event, notices)
    if not said and not lookups.results:
        async for event in wished(question, lookups):
            yield _with(event, notices)


def _with(event: Event, notices: tuple[str, ...]) -> Event:
    if not isinstance(event, Finished):
        return event
    kept = tuple(each for each in notices if each == Notice.MODEL_UNAVAILABLE)
    return Finished(replace(event.answer, notices=kept))


def own_words(results: Sequence[Result]) -> list[Event]:
    """Say results in their tools' own templates; nothing where none has a text."""
    said: list[str] = []
    sources: list[ToolSource] = []
    for result in results:
        finding = result.finding
        if result.code is not Code.OK or finding is None or finding.evidence or not finding.text:
            continue
        if finding.source:
            sources.append(source_of(len(sources) + 1, result))
            said.append(wording.cited(finding.text, len(sources)))
        else:
            said.append(finding.text)
    if not said:
        return []
    text = "\n\n".join(said)
    answer = Answer(
        outcome=Outcome.ANSWERED,
        kind=AnswerKind.LOOKED_UP,
        text=text,
        tool_sources=tuple(sources),
    )
    return [Stage("writing"), *(Token(line) for line in text.splitlines(True)), Finished(answer)]


def asking(proposal: Proposal, question: Question) -> Answer:
    """Return the answer whose card asks the customer for a yes."""
    return Answer(
        outcome=Outcome.ANSWERED,
        text=say("asks_first", question.language, question.assistant),
        proposal=proposal,
    )

"""A model and its tools, round by round: it calls, we answer, until it writes or has had enough.

Pure. Calls of one round run side by side; a round may hang on the one before. Three things end
it: the model writes, a change has to be asked of the customer first, or the limits are reached,
after which the model gets one last round in which it can't call anything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message, ToolCall, ToolSchema
from supportapp.tools.values import Code, Proposal, Request, Result, Tool, Toolbox


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a model may go: rounds of calls, calls in one round, and repetitions in all."""

    rounds: int = 4
    calls: int = 4
    repetitions: int = 2


@dataclass(frozen=True, slots=True)
class Begun:
    """A tool is being called."""

    tool: Tool


@dataclass(frozen=True, slots=True)
class Ended:
    """A call came back. Text that the model wrote before it was only a preamble."""

    result: Result


@dataclass(frozen=True, slots=True)
class Asking:
    """A change waits for the customer's word; the loop ends here."""

    proposal: Proposal


Step = Delta | Begun | Ended | Asking


@dataclass(slots=True)
class _Seen:
    """The calls so far, by what they ask; the same one again gets the same answer."""

    results: dict[tuple[str, str], Result] = field(default_factory=dict)
    repetitions: int = 0
    next_number: int = 1

    def numbered(self, result: Result) -> Result:
        """Give a result the number that it is cited by; passages each have their own."""
        if result.finding is None:
            return result
        first = self.next_number
        if result.finding.evidence:
            self.next_number += len(result.finding.evidence)
            evidence = enumerate(result.finding.evidence, start=first)
            return replace(result, evidence=tuple(replace(each, number=n) for n, each in evidence))
        if not result.finding.source:
            return result
        self.next_number += 1
        return replace(result, number=first)


async def converse(
    chat: ChatModel,
    messages: Sequence[Message],
    options: ChatOptions,
    toolbox: Toolbox,
    *,
    quoted: Callable[[Result], str],
    first_number: int = 1,
    limits: Limits = Limits(),  # a frozen value
) -> AsyncGenerator[Step, None]:
    """Stream one answer with tools; raises what the model raises.

    `quoted` makes the message that a result becomes. Results are numbered from `first_number` on.
    """
    said = list(messages)
    seen = _Seen(next_number=first_number)
    schemas = tuple(schema_of(tool) for tool in toolbox.tools)
    for number in range(limits.rounds + 1):
        last = number == limits.rounds or seen.repetitions >= limits.repetitions
        now = replace(options, tools=schemas, tool_choice="none" if last else "auto")
        text: list[str] = []
        calls: list[ToolCall] = []
        async with aclosing(chat.stream(said, now)) as stream:
            async for delta in stream:
                calls.extend(delta.tool_calls)
                text.append(delta.text)
                yield delta
        if not calls or last:
            return
        results: list[Result] = []
        async with aclosing(_round(calls, toolbox, seen, limits)) as steps:
            async for step in steps:
                yield step
                if isinstance(step, Asking):
                    return
                if isinstance(step, Ended):
                    results.append(step.result)
        said.append(Message("assistant", "".join(text), tool_calls=tuple(calls)))
        said.extend(
            Message("tool", quoted(result), tool_call_id=result.request.id) for result in results
        )


def schema_of(tool: Tool) -> ToolSchema:
    """Return the tool as a model sees it."""
    return ToolSchema(tool.name, tool.description, tool.schema)


async def _round(
    calls: Sequence[ToolCall], toolbox: Toolbox, seen: _Seen, limits: Limits
) -> AsyncGenerator[Begun | Ended | Asking, None]:
    """Answer one round's calls, side by side; in the order in which they were made."""
    requests = [Request(each.id, each.name, each.arguments) for each in calls]
    known = {tool.name: tool for tool in toolbox.tools}
    fresh: dict[tuple[str, str], Request] = {}
    for request in requests[: limits.calls]:
        if _key(request) not in seen.results and _key(request) not in fresh:
            fresh[_key(request)] = request
            if request.name in known:
                yield Begun(known[request.name])
    came = await asyncio.gather(*(toolbox.call(each) for each in fresh.values()))
    for request, result in zip(fresh.values(), came, strict=True):
        if result.proposal is not None:
            yield Ended(result)
            yield Asking(result.proposal)
            return
        seen.results[_key(request)] = seen.numbered(result)
    for position, request in enumerate(requests):
        yield Ended(_answer(request, position, fresh, seen, limits))


def _answer(
    request: Request,
    position: int,
    fresh: dict[tuple[str, str], Request],
    seen: _Seen,
    limits: Limits,
) -> Result:
    if position >= limits.calls:
        return Result(request, Code.TOO_MANY, f"At most {limits.calls} calls at once.")
    result = seen.results[_key(request)]
    if fresh.get(_key(request)) is request:
        return result
    seen.repetitions += 1
    return replace(result, request=request, code=Code.REPEATED, milliseconds=0.0, attempts=0)


def _key(request: Request) -> tuple[str, str]:
    """What a call asks, however its JSON is written."""
    try:
        arguments = json.dumps(json.loads(request.arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = request.arguments
    return request.name, arguments

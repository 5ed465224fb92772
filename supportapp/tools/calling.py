"""One call of one tool: arguments checked, time bounded, tried again where that is safe. Pure.

Whatever a tool does wrong comes back as a result that a model can act on and a customer never
has to see; only what isn't the tool's fault is raised.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from supportapp.tools.values import (
    Caller,
    Code,
    Finding,
    Proposal,
    Request,
    Result,
    Tool,
    ToolFault,
    ToolUnavailable,
)

LONGEST_ARGUMENTS = 4_000
MOST_ERRORS = 5

# Runs a function that isn't async (it may use the database) away from the event loop, and stops
# its queries after so many seconds.
Hop = Callable[[Callable[[], Any], float], Awaitable[Any]]
# Makes what an audit keeps of an argument that isn't kept in the clear.
Hash = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Retry:
    """How often an idempotent tool is tried, and how long we wait in between."""

    attempts: int = 2
    wait: float = 0.2


async def call(
    request: Request,
    caller: Caller,
    *,
    tools: Sequence[Tool],
    hop: Hop,
    hashed: Hash,
    retry: Retry = Retry(),  # a frozen value
) -> Result:
    """Run one call; a tool that changes something is proposed instead."""
    began = time.perf_counter()
    tool = next((each for each in tools if each.name == request.name), None)
    if tool is None:
        return Result(request, Code.UNKNOWN, _unknown(tools))
    try:
        arguments = checked(tool, request.arguments)
    except BadArguments as error:
        return Result(request, Code.INVALID, str(error))
    kept = audited(tool, arguments, hashed)
    if tool.changes:
        return Result(request, Code.ASKS, proposal=proposal(tool, arguments, caller), kept=kept)
    result = await _attempts(request, tool, arguments, caller, hop, retry)
    spent = (time.perf_counter() - began) * 1000
    return replace(result, milliseconds=round(spent, 1), kept=kept)


class BadArguments(Exception):
    """Arguments that don't fit the schema; says where and why, never what was given."""


def checked(tool: Tool, arguments: str) -> BaseModel:
    """Parse a call's JSON by the tool's types; raises BadArguments."""
    if len(arguments) > LONGEST_ARGUMENTS:
        raise BadArguments(f"The arguments have more than {LONGEST_ARGUMENTS} characters.")
    try:
        given = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise BadArguments("The arguments aren't valid JSON.") from None
    if not isinstance(given, dict):
        raise BadArguments("The arguments must be a JSON object.")
    try:
        return tool.parameters.model_validate(_storable(given))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise BadArguments("; ".join(_said(each) for each in found[:MOST_ERRORS])) from None


def _storable(given: Any) -> Any:
    """Return JSON without the one character that Postgres can't keep."""
    match given:
        case str():
            return given.replace("\0", "")
        case list():
            return [_storable(each) for each in given]
        case dict():
            return {_storable(name): _storable(each) for name, each in given.items()}
    return given


def proposal(tool: Tool, arguments: BaseModel, caller: Caller) -> Proposal:
    """Return the change that the customer is asked about."""
    assert tool.question is not None
    given = arguments.model_dump(mode="json")
    return Proposal(tool.name, given, tool.question(given, caller))


def audited(tool: Tool, arguments: BaseModel, hashed: Hash) -> dict[str, Any]:
    """Return the arguments as the audit keeps them: allow-listed ones, and hashes of the rest."""
    given = {
        name: value
        for name, value in arguments.model_dump(mode="json").items()
        if value is not None
    }
    return {
        name: value if name in tool.kept else hashed(json.dumps(value, sort_keys=True))
        for name, value in given.items()
    }


async def run(tool: Tool, arguments: BaseModel, reserved: Mapping[str, Any], hop: Hop) -> Finding:
    """Run the function itself, within the tool's time; raises TimeoutError or a ToolFault."""
    keywords = keywords_of(tool, arguments, reserved)
    async with asyncio.timeout(tool.seconds):
        if inspect.iscoroutinefunction(tool.function):
            found = await tool.function(**keywords)
        else:
            found = await hop(lambda: tool.function(**keywords), tool.seconds)
    assert isinstance(found, Finding)
    return found


def keywords_of(tool: Tool, arguments: BaseModel, reserved: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the function is called with."""
    given = {name: getattr(arguments, name) for name in type(arguments).model_fields}
    return given | {name: reserved[name] for name in tool.takes}


async def _attempts(
    request: Request, tool: Tool, arguments: BaseModel, caller: Caller, hop: Hop, retry: Retry
) -> Result:
    most = retry.attempts if tool.is_idempotent else 1
    for attempt in range(1, most + 1):
        try:
            finding = await run(tool, arguments, {"caller": caller}, hop)
        except TimeoutError:
            # It may still be at work; a second one would only stand in line behind it.
            return Result(request, Code.TIMEOUT, "It took too long.", attempts=attempt)
        except ToolUnavailable as fault:
            failed = Result(request, Code.FAILED, f"Not available: {fault.reason}.")
        except ToolFault as fault:
            return Result(request, Code.REFUSED, f"Refused: {fault.reason}.", attempts=attempt)
        else:
            return Result(request, Code.OK, finding=finding, attempts=attempt)
        if attempt < most:
            await asyncio.sleep(retry.wait)
    return replace(failed, attempts=most)


def _said(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg']}" if place else str(error["msg"])


def _unknown(tools: Sequence[Tool]) -> str:
    names = ", ".join(each.name for each in tools)
    return f"There is no such tool. You have: {names}." if names else "You have no tools."

"""Try a configured model: does it answer, how fast, and can it do what its row says?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from pydantic import BaseModel

from supportapp.gateway import wires
from supportapp.gateway.ledger import Ledger
from supportapp.gateway.models import Purpose
from supportapp.llm import structured
from supportapp.llm.breaker import Breaker
from supportapp.llm.endpoints import Call, Endpoint, ServedModel
from supportapp.llm.errors import ModelError, ModelTimeout
from supportapp.llm.values import ChatOptions, Message, ToolSchema

SECONDS = 15.0
MOST_TOKENS = 64
_ASKED = (Message("user", "This is a test of the connection. Reply with the word OK."),)
_TOOL = ToolSchema(
    "report",
    "Report that the tool was called.",
    {
        "type": "object",
        "properties": {"word": {"type": "string"}},
        "required": ["word"],
        "additionalProperties": False,
    },
)


class _Reply(BaseModel):
    ok: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One ability: what was found, or why not."""

    name: str
    is_ok: bool
    detail: str


@dataclass(slots=True)
class Trial:
    """What came of a trial."""

    checks: list[Check] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Return whether everything worked that the model is said to do."""
        return all(each.is_ok for each in self.checks)

    @property
    def answers(self) -> bool:
        """Return whether it answers at all, which is asked first."""
        return bool(self.checks) and self.checks[0].is_ok


async def run(endpoint: Endpoint, noted: Ledger) -> Trial:
    """Ask the model two or three short questions. Its breaker isn't asked, nor told."""
    trial = Trial(calls=noted.calls)
    chat = ServedModel(
        endpoint,
        wires.wire(endpoint),
        purpose=Purpose.ANSWER,
        breaker=Breaker(),
        sink=noted.note,
    )
    await _check(trial, "Answers", lambda: _says(chat))
    if not trial.is_ok:
        return trial
    if endpoint.capabilities.tools:
        await _check(trial, "Calls tools", lambda: _calls(chat))
    if endpoint.capabilities.json != "none":
        await _check(trial, "Replies in JSON", lambda: _shapes(chat))
    return trial


async def _check(trial: Trial, name: str, attempt: Callable[[], Awaitable[str]]) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            detail = await attempt()
    except ModelError as error:
        trial.checks.append(Check(name, False, f"{error.code}: {error.reason}"))
    except TimeoutError:
        trial.checks.append(Check(name, False, f"{ModelTimeout.code}: {SECONDS:.0f} s"))
    else:
        trial.checks.append(Check(name, not detail, detail))


async def _says(chat: ServedModel) -> str:
    async with aclosing(chat.stream(_ASKED, _options())) as stream:
        async for _ in stream:
            pass
    return ""


async def _calls(chat: ServedModel) -> str:
    asked = (Message("user", "Call the tool “report” with the word OK."),)
    options = ChatOptions(model="", max_tokens=MOST_TOKENS, tools=(_TOOL,), tool_choice="required")
    async with aclosing(chat.stream(asked, options)) as stream:
        called = [call async for delta in stream for call in delta.tool_calls]
    return "" if called else "It was offered a tool and didn't call it."


async def _shapes(chat: ServedModel) -> str:
    asked = (Message("user", "Reply that the connection is ok."),)
    await structured.ask(chat, asked, _options(), _Reply)
    return ""


def _options() -> ChatOptions:
    # The name is the endpoint's own; `ServedModel` puts it in.
    return ChatOptions(model="", max_tokens=MOST_TOKENS, seed=7)

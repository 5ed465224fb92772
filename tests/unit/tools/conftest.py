"""Tools that need nothing, and a model that says what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from supportapp.llm.values import ChatOptions, Delta, Message, ToolCall
from supportapp.tools import calling
from supportapp.tools.declaring import Registry, tool
from supportapp.tools.values import (
    Caller,
    Finding,
    Request,
    Result,
    Tool,
    ToolRefused,
    ToolUnavailable,
)

CALLER = Caller(1, frozenset({"public"}))
LABELS = {"en": "Looking…", "zh": "正在查询…"}


async def at_once(function: Callable[[], Any], seconds: float) -> Any:
    return function()


def hidden(value: str) -> str:
    return "#hidden"


@dataclass
class Shop:
    """Declares tools and counts how often each ran."""

    ran: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def tools(self) -> tuple[Tool, ...]:
        into = Registry()

        @tool(labels=LABELS, kept=("size",), into=into)
        def look(name: str = "", size: int = 1, *, caller: Caller) -> Finding:
            """Look something up."""
            self.ran.append(f"look {name}")
            if self.faults:
                raise self.faults.pop(0)
            return Finding({"name": name, "price": "5.90"}, f"{name} costs €5.90", "Shop")

        @tool(labels=LABELS, is_idempotent=False, into=into)
        def draw() -> Finding:
            """Draw a lot."""
            self.ran.append("draw")
            raise ToolUnavailable("away")

        @tool(labels=LABELS, seconds=0.05, into=into)
        async def slow() -> Finding:
            """Take long."""
            self.ran.append("slow")
            await asyncio.sleep(5)
            raise AssertionError

        @tool(labels=LABELS, changes=True, question=lambda a, c: f"Order {a['name']}?", into=into)
        def order(name: str, *, caller: Caller) -> Finding:
            """Order something."""
            self.ran.append("order")
            raise ToolRefused("never without a yes")

        return into.all()


@dataclass
class Box:
    """A toolbox without a database."""

    tools: tuple[Tool, ...]
    caller: Caller = CALLER
    calls: list[Result] = field(default_factory=list)

    async def call(self, request: Request) -> Result:
        result = await calling.call(
            request,
            self.caller,
            tools=self.tools,
            hop=at_once,
            hashed=hidden,
            retry=calling.Retry(wait=0.0),
        )
        self.calls.append(result)
        return result


@dataclass
class Scripted:
    """A model that says, round by round, what it is told; it keeps what it was given."""

    rounds: Sequence[Sequence[ToolCall] | str]
    name: str = "scripted"
    given: list[tuple[tuple[Message, ...], ChatOptions]] = field(default_factory=list)

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        said = self.rounds[min(len(self.given), len(self.rounds) - 1)]
        self.given.append((tuple(messages), options))
        if isinstance(said, str):
            yield Delta(text=said, finish_reason="stop")
        elif options.tool_choice == "none":
            yield Delta(text="Enough.", finish_reason="stop")
        else:
            yield Delta(finish_reason="tool_calls", tool_calls=tuple(said))

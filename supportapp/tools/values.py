"""Tools, the calls of them and what comes of a call. Pure: no Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel

from supportapp.retrieval.values import Evidence

Json = Mapping[str, Any]


class Code(StrEnum):
    """How a call ended. Only `OK` and `ASKS` did what was asked."""

    OK = "ok"
    ASKS = "asks"
    UNKNOWN = "unknown_tool"
    INVALID = "invalid_arguments"
    REFUSED = "refused"
    FAILED = "failed"
    TIMEOUT = "timeout"
    REPEATED = "repeated"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a tool runs. A tool sees nobody else's data.

    `username` is who is signed in; empty for an anonymous visitor.
    """

    workspace_id: int
    audiences: frozenset[str]
    language: str = "en"
    username: str = ""
    turn_id: UUID | None = None

    @property
    def is_signed_in(self) -> bool:
        return bool(self.username)

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool brings back: `data` for a model, `text` (Markdown) for a customer without one.

    `source` names where it comes from and `as_of` when that was true, for the citation; without
    one there is nothing to cite. Passages of articles come as `evidence`, and are cited as such.
    `facts` say the data in whole sentences, against which those of a generated answer are checked.
    """

    data: Json
    text: str
    source: str
    as_of: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits for the customer's word. `question` is what the card asks."""

    tool: str
    arguments: Json
    question: str


class ToolFault(Exception):
    """A call that didn't work; `reason` is a short code, never a customer's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ToolUnavailable(ToolFault):
    """What the tool asks is away; asking again may help."""


class ToolRefused(ToolFault):
    """The call isn't allowed, or makes no sense; asking again won't help."""


# Called with the arguments as keywords, and with those of RESERVED that it takes: who calls, and
# for changes the idempotency key and, where it asks for one, how to reach the customer.
RESERVED = frozenset({"caller", "key", "contact"})
Function = Callable[..., Finding | Awaitable[Finding]]
# Made of the arguments and the caller's language: the question on the confirmation card.
Question = Callable[[Json, Caller], str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording that reaches a tool without a model: named groups become arguments.

    `only_signed_in`: anyone else's question is answered from the articles.
    """

    wording: str
    only_signed_in: bool = False
    arguments: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call, with all that is checked around it.

    `kept` names the arguments that the audit keeps in the clear; others are kept as a hash.
    `takes` are the reserved arguments, which no model gives. `changes`: it asks the customer first.
    `is_idempotent`: it may be tried again after a fault. `is_local`: it changes nothing but our own
    database, so its effect and the note that it was had are one transaction.
    """

    name: str
    description: str
    schema: Json
    parameters: type[BaseModel]
    function: Function
    labels: Mapping[str, str]
    takes: frozenset[str] = frozenset()
    patterns: tuple[Pattern, ...] = ()
    changes: bool = False
    is_idempotent: bool = True
    is_local: bool = True
    seconds: float = 5.0
    kept: frozenset[str] = frozenset()
    question: Question | None = None

    @property
    def needs_contact(self) -> bool:
        """The card asks how the customer can be reached."""
        return "contact" in self.takes

    def label(self, language: str) -> str:
        """What the chat shows while it runs."""
        return self.labels["zh" if language.lower().startswith("zh") else "en"]


@dataclass(frozen=True, slots=True)
class Request:
    """A call as a model (or a pattern) asks for it: the arguments are unchecked JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Result:
    """How one call ended. `number` is the one that the answer cites it by, where it may."""

    request: Request
    code: Code
    message: str = ""
    finding: Finding | None = None
    proposal: Proposal | None = None
    milliseconds: float = 0.0
    attempts: int = 0
    kept: Json = field(default_factory=dict)
    number: int | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.code is Code.OK


class Toolbox(Protocol):
    """The tools that one caller may use now."""

    @property
    def caller(self) -> Caller: ...

    @property
    def tools(self) -> tuple[Tool, ...]: ...

    async def call(self, request: Request) -> Result:
        """Check, run and record one call. Never raises for what a tool does wrong."""
        ...

"""What travels to a model and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
ToolChoice = Literal["auto", "none", "required"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to have a tool called. `arguments` is its JSON, as yet unread."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model sees it; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """The reply shall be JSON: any object, or what the schema describes."""

    schema: Mapping[str, Any] | None = None
    name: str = "reply"


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the model wire.

    An assistant's message may hold the tool calls that it made; a tool's message holds the result
    of the call that `tool_call_id` names.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How one answer is to be made. `max_tokens` has no default: every call is bounded.

    `first_token`: in so many seconds the first word must come; None leaves that to the client.
    """

    model: str
    max_tokens: int
    temperature: float | None = 0.0
    seed: int | None = None
    tools: tuple[ToolSchema, ...] = ()
    tool_choice: ToolChoice = "auto"
    response_format: ResponseFormat | None = None
    first_token: float | None = None

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError("max_tokens must be at least 1")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; `cached_tokens` are part of `prompt_tokens`."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """One piece of a streamed answer. The last ones carry `finish_reason` and `usage`.

    Tool calls come whole, all in one delta, once the model has said everything about them.
    `endpoint` is our name for who serves it, where several could; the first delta carries it.
    """

    text: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    fingerprint: str | None = None
    model: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines in seconds. `first_token` counts from the question, retries included."""

    connect: float = 3.0
    first_token: float = 20.0
    between_tokens: float = 15.0
    total: float = 120.0


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent again, and how long we are willing to wait before that.

    A server that asks for more than `longest_wait` is not waited for: the customer is told at once.
    """

    attempts: int = 1
    first_wait: float = 0.25
    longest_wait: float = 2.0

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        """Seconds before retry number `attempt` (from 0), or None when there shall be none."""
        if attempt >= self.attempts:
            return None
        if retry_after is not None:
            return retry_after if retry_after <= self.longest_wait else None
        return min(self.first_wait * 2.0 ** min(attempt, 30), self.longest_wait)

"""What travels to a model and back."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message on the model wire."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How one answer is to be made. `max_tokens` has no default: every call is bounded."""

    model: str
    max_tokens: int
    temperature: float | None = 0.0
    seed: int | None = None

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
    """One piece of a streamed answer. The last ones carry `finish_reason` and `usage`."""

    text: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    fingerprint: str | None = None
    model: str | None = None


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

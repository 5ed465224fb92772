"""The socket's frames: what the page may send, parsed at the door, and what it gets back."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from supportapp.conversations.models import Turn
from supportapp.conversations.transcript import Frame
from supportapp.retrieval import sentences

STAGES = {
    "en": {
        "searching": "Searching the articles…",
        "reading": "Reading what was found…",
        "writing": "Writing…",
        "comparing": "Comparing several drafts…",
    },
    "zh": {
        "searching": "正在查找文章…",
        "reading": "正在阅读相关内容…",
        "writing": "正在撰写…",
        "comparing": "正在比较几份草稿…",
    },
}
ERRORS = {
    "too_large": "This is too long to send. Shorten it.",
    "not_text": "This can't be read. Reload the page.",
    "malformed": "This can't be read. Reload the page.",
    "too_many": "That was a lot at once.",
    "not_found": "This isn't part of the conversation any more. Reload the page.",
    "unavailable": "We can't reach our own services. Try again in a minute; nothing is lost.",
}


class _Incoming(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)


class Ask(_Incoming):
    """A question. Sent twice with the same `client_id` it counts once."""

    type: Literal["ask"]
    client_id: UUID
    text: str
    supersedes: UUID | None = None
    cause: Literal["ask", "edit", "regenerate"] = "ask"


class Stop(_Incoming):
    """Stop a turn."""

    type: Literal["stop"]
    turn: UUID


class Follow(_Incoming):
    """Send a running turn's frames after a number; of a turn that is over, the whole turn."""

    type: Literal["follow"]
    turn: UUID
    after: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class Ping(_Incoming):
    """Is the line alive?"""

    type: Literal["ping"]


class Messages(_Incoming):
    """Send the team's messages after a number: those that the page doesn't have yet."""

    type: Literal["messages"]
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class Seen(_Incoming):
    """The page is looked at, with the team's messages up to a number on it."""

    type: Literal["seen"]
    message: Annotated[int, Field(ge=0, le=2**63 - 1)]


Incoming = Ask | Stop | Follow | Ping | Messages | Seen
_ADAPTER: TypeAdapter[Incoming] = TypeAdapter(
    Annotated[Ask | Stop | Follow | Ping | Messages | Seen, Field(discriminator="type")]
)


class BadFrame(Exception):
    """A frame that can't be read; `code` is a key of ERRORS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(text: str | None, *, longest: int) -> Incoming:
    """Read a frame; raises BadFrame."""
    if text is None:
        raise BadFrame("not_text")
    # Surrogates can't be encoded; pydantic would say so by another kind of error.
    data = text.encode("utf-8", "replace")
    if len(data) > longest:
        raise BadFrame("too_large")
    try:
        return _ADAPTER.validate_json(data)
    except ValidationError:
        raise BadFrame("malformed") from None


def turn_frame(turn: Turn, html: str) -> dict[str, Any]:
    """A whole turn."""
    frame: dict[str, Any] = {
        "type": "turn",
        "turn": str(turn.pk),
        "state": turn.state,
        "html": html,
    }
    if turn.supersedes_id:
        frame["replaces"] = str(turn.supersedes_id)
    return frame


def live_frame(turn: Turn, frame: Frame) -> dict[str, Any]:
    """A stage or a piece of text."""
    head = {"type": frame.kind, "turn": str(turn.pk), "seq": frame.seq}
    if frame.kind == "token":
        return {**head, "text": frame.text}
    language = sentences.language_of(turn.question) or "en"
    labels = STAGES.get(language, STAGES["en"])
    # A tool's stage is its own label already.
    name = frame.text if frame.text in labels else "tool"
    return {**head, "name": name, "label": labels.get(frame.text, frame.text)}


def error_frame(
    code: str,
    message: str = "",
    *,
    client_id: UUID | None = None,
    retry_after: int | None = None,
) -> dict[str, Any]:
    """What went wrong, in words for the customer."""
    frame: dict[str, Any] = {"type": "error", "code": code, "message": message or ERRORS[code]}
    if client_id is not None:
        frame["client_id"] = str(client_id)
    if retry_after is not None:
        frame["retry_after"] = retry_after
    return frame

"""Chunks of a chat stream, or an answer in one piece, become deltas.

The openai client builds its objects without looking at what is in them, so each field is looked
at here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from openai import AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from supportapp.llm.errors import ModelProtocolError
from supportapp.llm.values import Delta, ToolCall, Usage

MOST_TOOL_CALLS = 32


@dataclass(slots=True)
class Upstream:
    """A chat stream being read: deltas as they come, tool calls gathered from their fragments."""

    events: AsyncStream[ChatCompletionChunk]
    _calls: list["_Call"] = field(default_factory=list)
    _told: bool = False

    @property
    def has_calls(self) -> bool:
        """Return whether a tool call has begun."""
        return bool(self._calls)

    async def following(self) -> Delta | None:
        """The next delta that says anything, or None at the end.

        A fragment of a tool call says nothing yet, but shows that the model is at work: its delta
        is empty.
        """
        while True:
            try:
                chunk = await anext(self.events)
            except StopAsyncIteration:
                return None
            delta = read(chunk)
            fragments = _fragments(chunk)
            for fragment in fragments:
                self._take(fragment)
            if delta.finish_reason and self._calls and not self._told:
                self._told = True
                return replace(delta, tool_calls=tuple(call.whole() for call in self._calls))
            if delta.text or delta.finish_reason or delta.usage or fragments:
                return delta

    async def close(self) -> None:
        """Hang up."""
        await self.events.close()

    def _take(self, fragment: object) -> None:
        """Add a fragment to its call: known by place, or by an id of its own."""
        place, call_id = getattr(fragment, "index", None), _word(getattr(fragment, "id", None))
        for call in self._calls:
            if call.belongs(place, call_id):
                call.take(fragment)
                return
        if len(self._calls) == MOST_TOOL_CALLS:
            raise ModelProtocolError("too_many_tool_calls")
        call = _Call(place, call_id or f"call_{len(self._calls)}")
        call.take(fragment)
        self._calls.append(call)


@dataclass(slots=True)
class Whole:
    """An answer that came in one piece, read as if it were a stream."""

    reply: ChatCompletion
    has_calls: bool = False
    _read: bool = False

    async def following(self) -> Delta | None:
        """The whole answer, then None."""
        if self._read:
            return None
        self._read = True
        choices: object = getattr(self.reply, "choices", None)
        if not isinstance(choices, list) or not choices:
            raise ModelProtocolError("schema")
        message = getattr(choices[0], "message", None)
        calls = _calls_of(message)
        self.has_calls = bool(calls)
        return Delta(
            text=_text(getattr(message, "content", None)),
            usage=_usage(getattr(self.reply, "usage", None)),
            finish_reason=_word(getattr(choices[0], "finish_reason", None)),
            fingerprint=_word(getattr(self.reply, "system_fingerprint", None)),
            model=_word(getattr(self.reply, "model", None)),
            tool_calls=calls,
        )

    async def close(self) -> None:
        """There is nothing left to hang up on."""


def _calls_of(message: object) -> tuple[ToolCall, ...]:
    given: object = getattr(message, "tool_calls", None) or []
    if not isinstance(given, list) or len(given) > MOST_TOOL_CALLS:
        raise ModelProtocolError("schema")
    calls = []
    for place, each in enumerate(given):
        call = _Call(place, _word(getattr(each, "id", None)) or f"call_{place}")
        call.take(each)
        calls.append(call.whole())
    return tuple(calls)


@dataclass(slots=True)
class _Call:
    """A tool call as far as it has come."""

    place: object
    id: str
    name: str = ""
    arguments: str = ""

    def belongs(self, place: object, call_id: str | None) -> bool:
        # Some servers number every call 0 and tell them apart by id alone.
        return place == self.place and call_id in {None, self.id}

    def take(self, fragment: object) -> None:
        function = getattr(fragment, "function", None)
        self.name = self.name or _text(getattr(function, "name", None))
        self.arguments += _text(getattr(function, "arguments", None))

    def whole(self) -> ToolCall:
        if not self.name:
            raise ModelProtocolError("schema")
        return ToolCall(self.id, self.name, self.arguments or "{}")


def _fragments(chunk: object) -> Sequence[object]:
    choices = getattr(chunk, "choices", None)
    first = choices[0] if isinstance(choices, list) and choices else None
    found: object = getattr(getattr(first, "delta", None), "tool_calls", None) or []
    if not isinstance(found, list):
        raise ModelProtocolError("schema")
    return found


def read(chunk: object) -> Delta:
    """One chunk as a delta; `ModelProtocolError` when it isn't shaped like one."""
    if not isinstance(chunk, ChatCompletionChunk):
        raise ModelProtocolError("schema")
    text, finish_reason = "", None
    # The list is empty in the chunk that counts tokens, and some servers leave it out there.
    choices: object = getattr(chunk, "choices", None) or []
    if not isinstance(choices, list):
        raise ModelProtocolError("schema")
    if choices:
        text = _text(getattr(getattr(choices[0], "delta", None), "content", None))
        finish_reason = _word(getattr(choices[0], "finish_reason", None))
    return Delta(
        text=text,
        usage=_usage(getattr(chunk, "usage", None)),
        finish_reason=finish_reason,
        fingerprint=_word(getattr(chunk, "system_fingerprint", None)),
        model=_word(getattr(chunk, "model", None)),
    )


def merged(earlier: Delta, later: Delta) -> Delta:
    """Both as one."""
    return Delta(
        text=earlier.text + later.text,
        usage=later.usage or earlier.usage,
        finish_reason=later.finish_reason or earlier.finish_reason,
        fingerprint=later.fingerprint or earlier.fingerprint,
        model=later.model or earlier.model,
        tool_calls=later.tool_calls or earlier.tool_calls,
    )


def _text(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise ModelProtocolError("schema")
    # No text means anything by it, and Postgres can't keep it.
    return content.replace("\0", "")


def _word(value: object) -> str | None:
    return value.replace("\0", "") or None if isinstance(value, str) else None


def _usage(usage: object) -> Usage | None:
    prompt = _count(getattr(usage, "prompt_tokens", None))
    completion = _count(getattr(usage, "completion_tokens", None))
    if prompt is None or completion is None:
        return None
    details = getattr(usage, "prompt_tokens_details", None)
    return Usage(prompt, completion, _count(getattr(details, "cached_tokens", None)) or 0)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None

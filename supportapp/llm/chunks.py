"""Chunks of a chat stream become deltas.

The openai client builds its objects without looking at what is in them, so each field is looked
at here.
"""

from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk

from supportapp.llm.errors import ModelProtocolError
from supportapp.llm.values import Delta, Usage


async def following(upstream: AsyncStream[ChatCompletionChunk]) -> Delta | None:
    """The next delta that says anything, or None at the end."""
    while True:
        try:
            delta = read(await anext(upstream))
        except StopAsyncIteration:
            return None
        if delta.text or delta.finish_reason or delta.usage:
            return delta


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
    )


def _text(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise ModelProtocolError("schema")
    return content


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _usage(usage: object) -> Usage | None:
    prompt = _count(getattr(usage, "prompt_tokens", None))
    completion = _count(getattr(usage, "completion_tokens", None))
    if prompt is None or completion is None:
        return None
    details = getattr(usage, "prompt_tokens_details", None)
    return Usage(prompt, completion, _count(getattr(details, "cached_tokens", None)) or 0)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None

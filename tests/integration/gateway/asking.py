"""Ask a model through the gateway's door, as other rooms do."""

from contextlib import aclosing

from asgiref.sync import async_to_sync

from supportapp.gateway import chats
from supportapp.llm.values import ChatOptions, Delta, Message

PROMPT = (Message("user", "[1] Hold the button. It blinks.\n\nHow do I reset it?"),)


def ask(purpose: str = "answer", *, max_tokens: int = 50, **who: object) -> list[Delta]:
    """Return what the model for a purpose says; raises what it raises."""
    model = chats.chat(purpose, **who)  # type: ignore[arg-type]
    assert model is not None
    return async_to_sync(_collected)(model, max_tokens)


async def _collected(model: chats.PurposeModel, max_tokens: int) -> list[Delta]:
    options = ChatOptions(model=model.model, max_tokens=max_tokens)
    async with aclosing(model.stream(PROMPT, options)) as stream:
        return [delta async for delta in stream]


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)

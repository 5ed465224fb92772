"""When a model fails before it has said anything, ask the next one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from supportapp.llm.errors import ModelError, ModelProtocolError, ModelTimeout
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message

GRACE_SECONDS = 0.5


class Chain:
    """A `ChatModel` made of several, asked in order. The first delta names who serves.

    All together have `first_token` seconds to begin: each may take half of what is left, the last
    one all of it, so that a silent model leaves time for the next.
    """

    def __init__(self, links: Sequence[ChatModel], *, first_token: float) -> None:
        if not links:
            raise ValueError("A chain needs a model")
        self.name = links[0].name
        self.links = tuple(links)
        self._first_token = first_token

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Yield what the first model says that can answer, or raise what the last one raised."""
        now = asyncio.get_running_loop().time
        end = now() + self._first_token
        for number, link in enumerate(self.links, start=1):
            is_last = number == len(self.links)
            until = end if is_last else now() + (end - now()) / 2
            # The link itself gives up in time, so that it knows its server for silent.
            given = replace(options, first_token=max(until - now(), 0.0))
            shown = False
            try:
                async with aclosing(link.stream(messages, given)) as stream:
                    yield await _first(stream, until + GRACE_SECONDS)
                    shown = True
                    async for delta in stream:
                        yield delta
                return
            except ModelError:
                if shown or is_last:
                    raise


async def _first(stream: AsyncGenerator[Delta, None], until: float) -> Delta:
    try:
        async with asyncio.timeout_at(until):
            return await opening(stream)
    except TimeoutError:
        raise ModelTimeout("first_token") from None


async def opening(stream: AsyncGenerator[Delta, None]) -> Delta:
    """Return what a stream says first; the rest stays in it."""
    async for delta in stream:
        return delta
    raise ModelProtocolError("empty_stream")

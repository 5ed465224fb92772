"""One openai client per event loop, closed together with its loop.

A connection belongs to the loop that opened it. Web servers have one loop for life; a command or
a background task makes one for each call, and must not leave its sockets behind.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

from openai import AsyncOpenAI

Lifetime = AsyncGenerator[AsyncOpenAI, None]


class ClientPerLoop:
    """Gives the running loop its own client."""

    def __init__(self, make: Callable[[], AsyncOpenAI]) -> None:
        self._make = make
        self._held: dict[asyncio.AbstractEventLoop, tuple[AsyncOpenAI, Lifetime]] = {}

    def __len__(self) -> int:
        return len(self._held)

    async def get(self) -> AsyncOpenAI:
        """The running loop's client; made at the first call."""
        loop = asyncio.get_running_loop()
        if loop not in self._held:
            self._forget_dead_loops()
            lifetime = self._lifetime(loop)
            self._held[loop] = (await anext(lifetime), lifetime)
        return self._held[loop][0]

    async def _lifetime(self, loop: asyncio.AbstractEventLoop) -> Lifetime:
        # asyncio closes the generators that are still open before it closes their loop: the one
        # moment at which a client can still be closed in order.
        client = self._make()
        try:
            yield client
        finally:
            self._held.pop(loop, None)
            await client.close()

    def _forget_dead_loops(self) -> None:
        for loop in [loop for loop in self._held if loop.is_closed()]:
            del self._held[loop]

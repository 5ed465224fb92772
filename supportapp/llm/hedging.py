"""When the first token is slow to come, ask once more and take whoever speaks first.

It costs tokens twice where the first would have answered after all, so it is off by default.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

from supportapp.llm.chain import opening
from supportapp.llm.errors import ModelError
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message

Stream = AsyncGenerator[Delta, None]


class Hedge:
    """A `ChatModel`: after `seconds` without a word from the first, the second is asked too."""

    def __init__(self, first: ChatModel, second: ChatModel, *, seconds: float) -> None:
        self.name = first.name
        self._models = (first, second)
        self._seconds = seconds

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Yield what the quicker one says; the other is hung up on at once."""
        async with AsyncExitStack() as stack:
            race = _Race()
            stack.push_async_callback(race.close)
            race.enter(self._models[0].stream(messages, options))
            said = await race.won(self._seconds)
            if said is None:
                race.enter(self._models[1].stream(messages, options))
                said = await race.won(None)
            assert said is not None
            assert race.winner is not None
            await race.close_others()
            yield said
            async for delta in await stack.enter_async_context(aclosing(race.winner)):
                yield delta


class _Race:
    """Streams of which the first to say something wins."""

    def __init__(self) -> None:
        self.winner: Stream | None = None
        self._runners: dict[asyncio.Task[Delta], Stream] = {}

    def enter(self, stream: Stream) -> None:
        self._runners[asyncio.create_task(opening(stream))] = stream

    async def won(self, seconds: float | None) -> Delta | None:
        """Return the winner's first words, or None while nobody has spoken in time.

        Raises where all have failed, and at once where only one is running.
        """
        end = None if seconds is None else asyncio.get_running_loop().time() + seconds
        waiting = dict(self._runners)
        while waiting:
            left = None if end is None else max(end - asyncio.get_running_loop().time(), 0)
            done, _ = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                return None
            for task in done:
                stream = waiting.pop(task)
                try:
                    said = task.result()
                except ModelError:
                    if not waiting:
                        raise
                    continue
                self.winner = stream
                return said
        return None

    async def close_others(self) -> None:
        """Hang up on those that lost."""
        for task, stream in list(self._runners.items()):
            if stream is not self.winner:
                await self._leave(task, stream)

    async def close(self) -> None:
        """Hang up on all."""
        for task, stream in list(self._runners.items()):
            await self._leave(task, stream)

    async def _leave(self, task: asyncio.Task[Delta], stream: Stream) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stream.aclose()
        del self._runners[task]

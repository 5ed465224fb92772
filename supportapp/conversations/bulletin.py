"""Tells open pages that the team wrote into their conversation, in whatever process they are.

One group of the channel layer carries the ids of conversations, never words: each process asks the
database for what is new. While the layer is away nothing is told; a page that comes back asks.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID
from weakref import WeakKeyDictionary

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from supportapp.conversations.postbox import AWAY

logger = logging.getLogger(__name__)
GROUP = "conversations.messages"
SECONDS = 1.0
AGAIN_SECONDS = 5.0
Heard = Callable[[], None]


class Ear:
    """Hears, on one event loop, in which conversations there is something new."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Heard]] = defaultdict(set)
        self._reading: asyncio.Task[None] | None = None

    def listen(self, conversation_id: UUID, heard: Heard) -> None:
        """Call `heard` whenever the conversation has a new message, until `leave`."""
        self._listeners[conversation_id].add(heard)
        if self._reading is None or self._reading.done():
            # In a context of its own: it outlives the socket that began it.
            self._reading = asyncio.get_running_loop().create_task(
                self._read(), context=contextvars.Context()
            )

    async def leave(self, conversation_id: UUID, heard: Heard) -> None:
        """Hear no more; the last who leaves ends the reading."""
        self._listeners[conversation_id].discard(heard)
        if not self._listeners[conversation_id]:
            del self._listeners[conversation_id]
        if not self._listeners and self._reading is not None:
            reading, self._reading = self._reading, None
            reading.cancel()
            await asyncio.wait([reading], timeout=SECONDS)

    async def _read(self) -> None:
        while True:
            try:
                await self._hear(await self._join())
            except (*AWAY, TimeoutError):
                logger.warning("bulletin.away")
                await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, channel: str) -> None:
        layer = get_channel_layer()
        try:
            while True:
                said = await layer.receive(channel)
                for heard in tuple(self._listeners.get(UUID(said["conversation"]), ())):
                    heard()
        finally:
            await layer.group_discard(GROUP, channel)

    async def _join(self) -> str:
        layer = get_channel_layer()
        async with asyncio.timeout(SECONDS):
            channel: str = await layer.new_channel("messages.")
            await layer.group_add(GROUP, channel)
        return channel


_ears: WeakKeyDictionary[asyncio.AbstractEventLoop, Ear] = WeakKeyDictionary()


def of_this_loop() -> Ear:
    """Return the running loop's ear."""
    loop = asyncio.get_running_loop()
    ear = _ears.get(loop)
    if ear is None:
        ear = _ears[loop] = Ear()
    return ear


def tell(conversation_id: UUID) -> None:
    """Say that a conversation has a new message. Best effort; from threads, never from a loop."""
    with suppress(TimeoutError):
        async_to_sync(_tell)(str(conversation_id))


async def _tell(conversation_id: str) -> None:
    said = {"type": "message.new", "conversation": conversation_id}
    try:
        async with asyncio.timeout(SECONDS):
            await get_channel_layer().group_send(GROUP, said)
    except AWAY:
        logger.warning("bulletin.away")

"""How web processes speak about running turns, over the channel layer.

Each process has one address (a channel), which stands in the row of every turn that it runs.
Another process asks there for a turn's frames, or for its end. The layer may be away: then nobody
is told, and what counts is the row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
Handler = Callable[[Mapping[str, Any]], Awaitable[None]]
# What the layer raises while Redis is away.
AWAY = (RedisError, OSError)


class Postbox:
    """This process's channel, on one event loop."""

    def __init__(self, handler: Handler) -> None:
        self.address = ""
        self._handler = handler
        self._reading: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> str:
        """Return our address; "" while the layer is away."""
        async with self._opening:
            if not self.address:
                try:
                    async with asyncio.timeout(1):
                        self.address = await get_channel_layer().new_channel("turns.")
                except (*AWAY, TimeoutError):
                    logger.warning("postbox.away")
                    return ""
                self._reading = asyncio.create_task(self._read(self.address))
            return self.address

    async def send(self, address: str, **message: Any) -> bool:
        """Send to another process; False where the layer is away."""
        try:
            async with asyncio.timeout(1):
                await get_channel_layer().send(address, {"type": "turn.message", **message})
        except (*AWAY, TimeoutError):
            logger.warning("postbox.away")
            return False
        return True

    async def close(self) -> None:
        """Give up the address."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._reading = None
        self.address = ""

    async def _read(self, address: str) -> None:
        layer = get_channel_layer()
        while True:
            await self._handler(await layer.receive(address))


_boxes: WeakKeyDictionary[asyncio.AbstractEventLoop, Postbox] = WeakKeyDictionary()


def of_this_loop(handler: Handler) -> Postbox:
    """Return the running loop's postbox."""
    loop = asyncio.get_running_loop()
    box = _boxes.get(loop)
    if box is None:
        box = _boxes[loop] = Postbox(handler)
    return box

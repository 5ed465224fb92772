"""The team's messages on one socket: what its page has, and what it is sent meanwhile."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext
from django.db import DatabaseError
from django.utils import timezone

from supportapp.conversations import bulletin, message_presenting, messages
from supportapp.work import unit

logger = logging.getLogger(__name__)
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Told:
    """Sends each message of one conversation to one page, once; nothing before the page asked."""

    def __init__(self, conversation_id: UUID, scope: Mapping[str, Any], send: Send) -> None:
        self._conversation_id = conversation_id
        self._scope = scope
        self._send = send
        self._last: int | None = None
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        bulletin.of_this_loop().listen(conversation_id, self._soon)

    async def catch_up(self, after: int) -> None:
        """Send what the page doesn't have yet; from now on, what is new."""
        self._last = after
        await self._tell()

    async def seen(self, up_to: int) -> None:
        """The customer looks at them."""
        await unit(messages.seen, self._conversation_id, timezone.now(), up_to=up_to)

    async def stop(self) -> None:
        """Hear no more."""
        await bulletin.of_this_loop().leave(self._conversation_id, self._soon)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _soon(self) -> None:
        # A context of its own: what the socket does meanwhile goes on in another thread.
        task = asyncio.create_task(self._alone(), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _alone(self) -> None:
        async with ThreadSensitiveContext():
            try:
                await self._tell()
            except DatabaseError:
                logger.warning("socket.database_away")

    async def _tell(self) -> None:
        async with self._sending:
            if self._last is None:
                return
            found = await unit(
                message_presenting.frames_after, self._conversation_id, self._last, self._scope
            )
            for frame in found:
                await self._send(frame)
                self._last = max(self._last, frame["message"])

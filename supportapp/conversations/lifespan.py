"""What a web process does when it starts and before it ends."""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.db import DatabaseError

from supportapp.answering import assemble
from supportapp.conversations import live, turns
from supportapp.work import unit

logger = logging.getLogger(__name__)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Speak the server's lifespan protocol."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await _start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await live.drain(settings.TURN_DRAIN_SECONDS)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _start() -> None:
    live.attach()
    async with ThreadSensitiveContext():
        try:
            swept = await unit(turns.sweep)
        except DatabaseError:
            logger.warning("start.database_away")
        else:
            logger.info("start.swept", extra={"fields": {"turns": swept}})
    await sync_to_async(assemble.warm, thread_sensitive=False)()
    await assemble.warm_chat()

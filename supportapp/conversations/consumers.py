"""One socket of one conversation: frames to verbs and back.

The socket owns no turn. It follows turns; when it goes, they go on.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest

from supportapp.conversations import frames, live, presenting, turns, visitors
from supportapp.conversations.frames import (
    Ask,
    BadFrame,
    Follow,
    Incoming,
    Messages,
    Ping,
    Seen,
    Stop,
)
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import Asker
from supportapp.conversations.told import Told
from supportapp.web import limits
from supportapp.work import first, last, unit

logger = logging.getLogger(__name__)


class TooMany(Exception):
    """This visitor, or this address, has asked too often."""

    def __init__(self, retry: limits.RetryAfter) -> None:
        super().__init__()
        self.retry = retry


# Close codes, as the page knows them.
NO_VISITOR, NOT_FOUND, TOO_MANY_SOCKETS, TOO_MANY_FRAMES = 4401, 4404, 4429, 4430
MOST_FOLLOWED = 8
# Whoever goes on after so many refusals in a row isn't our page.
MOST_REFUSED = 20


class ConversationConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """Asks, stops and follows on behalf of one visitor, in the visitor's own conversation."""

    # No channel of its own: the socket works while Redis is away.
    channel_layer_alias = "none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visitor: UUID | None = None
        self._address = ""
        self._counted = False
        self._frames = limits.FrameCount()
        self._closed = False
        self._following: dict[UUID, asyncio.Task[None]] = {}
        self._told: Told | None = None
        # Frames of several turns share one socket: one at a time, and no turn goes ahead of it.
        self._sending = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; however it ends, it leaves nothing behind."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._counted:
                limits.sockets.leave(self._address)
            if self._told is not None:
                await self._told.stop()
            tasks = list(self._following.values())
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one event, as Channels does; here every unit gives its own connection back."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError("No handler for this type of message")
        await handler(message)

    async def connect(self) -> None:
        self._address = limits.scope_address(self.scope)
        if not limits.sockets.enter(self._address):
            await self.close(TOO_MANY_SOCKETS)
            return
        self._counted = True
        self._visitor = visitors.current(self.scope)
        live.attach()
        await self.accept()
        # Closed after the handshake, because only then a browser learns the reason.
        if self._visitor is None:
            await self.close(NO_VISITOR)
        elif await self._conversation() is None:
            await self.close(NOT_FOUND)
        else:
            self._told = Told(self._conversation_id, self.scope, self._send)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        retry = self._frames.hit()
        if self._closed or self._frames.refused > MOST_REFUSED:
            await self._cut_off()
            return
        try:
            frame = frames.parse(text_data, longest=settings.MAX_FRAME_BYTES)
        except BadFrame as bad:
            await self._refuse("too_many" if retry else bad.code, retry)
            return
        asked = frame.client_id if isinstance(frame, Ask) else None
        if retry is not None:
            await self._refuse("too_many", retry, asked)
            return
        try:
            await self._handle(frame)
        except DatabaseError:
            logger.warning("socket.database_away")
            await self._refuse("unavailable", client_id=asked)

    async def _cut_off(self) -> None:
        """Close the socket of one who doesn't stop; what else was on its way isn't read."""
        if not self._closed:
            self._closed = True
            logger.warning("socket.flooded")
            await self.close(TOO_MANY_FRAMES)

    async def _refuse(
        self, code: str, retry: limits.RetryAfter | None = None, client_id: UUID | None = None
    ) -> None:
        seconds = retry.seconds if retry else None
        await self._send(frames.error_frame(code, client_id=client_id, retry_after=seconds))

    async def _handle(self, frame: Incoming) -> None:
        match frame:
            case Ask():
                await self._ask(frame)
            case Stop():
                if await self._turn(frame.turn) is not None:
                    await live.halt(frame.turn)
            case Follow():
                await self._follow(frame.turn, frame.after)
            case Messages() | Seen():
                await self._tell(frame)
            case Ping():
                await self._send({"type": "pong"})

    async def _ask(self, ask: Ask) -> None:
        try:
            turn = await first(self._open, ask)
        except TooMany as no:
            await self._refuse("too_many", no.retry, ask.client_id)
        except turns.Refused as no:
            await self._send(frames.error_frame(no.code, no.message, client_id=ask.client_id))
        else:
            if turn is None:
                await self._refuse("not_found", client_id=ask.client_id)
                return
            live.start(turn.pk)
            await self._begin_following(turn, turn.streamed_seq, whole=True)

    def _open(self, ask: Ask) -> Turn | None:
        """Store the question; None where the conversation isn't the visitor's any more."""
        conversation = self._mine().first()
        if conversation is None:
            return None
        return turns.open(
            conversation,
            ask.text,
            ask.client_id,
            cause=ask.cause,
            supersedes=ask.supersedes,
            asker=Asker.of(conversation, self._user()),
            admit=self._count,
        )

    def _count(self) -> None:
        retry = limits.may_ask(self._visitor, self._address)
        if retry is not None:
            raise TooMany(retry)

    def _user(self) -> AbstractBaseUser | AnonymousUser:
        """Return who is signed in now: a log-out since the handshake counts at once."""
        connected: AbstractBaseUser | AnonymousUser = self.scope["user"]
        if not connected.is_authenticated:
            return connected
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)
        return get_user(request)

    async def _follow(self, turn_id: UUID, after: int) -> None:
        """Send a turn's frames from now to its end, in a task of its own."""
        turn = await self._turn(turn_id)
        if turn is None:
            await self._refuse("not_found")
            return
        await self._begin_following(turn, after, whole=False)

    async def _begin_following(self, turn: Turn, after: int, *, whole: bool) -> None:
        turn_id = turn.pk
        before = self._following.pop(turn_id, None)
        if before is not None:
            before.cancel()
        elif len(self._following) >= MOST_FOLLOWED:
            await self._refuse("too_many")
            return
        # A context of its own: the task outlives this frame.
        task = asyncio.create_task(
            self._relay(turn, after, whole=whole), context=contextvars.Context()
        )
        self._following[turn_id] = task
        task.add_done_callback(lambda done: self._unfollow(turn_id, done))

    def _unfollow(self, turn_id: UUID, task: asyncio.Task[None]) -> None:
        if self._following.get(turn_id) is task:
            del self._following[turn_id]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.warning("socket.lost", extra={"fields": {"error": type(error).__name__}})

    async def _relay(self, turn: Turn, after: int, *, whole: bool) -> None:
        if turn.is_running:
            progress = live.progress(turn.pk) if whole else None
            # From here on nothing is missed, however long the drawing takes.
            coming = live.follow(turn.pk, progress.seq if progress else after)
            if whole:
                html = await unit(presenting.turn_html, turn, self.scope, progress=progress)
                await self._send(frames.turn_frame(turn, html))
            async for frame in coming:
                await self._send(frames.live_frame(turn, frame))
        ended, html = await last(self._drawn, turn.pk)
        await self._send(frames.turn_frame(ended, html))

    def _drawn(self, turn_id: UUID) -> tuple[Turn, str]:
        turn: Turn = _turns().get(pk=turn_id)
        return turn, presenting.turn_html(turn, self.scope)

    async def _tell(self, frame: Messages | Seen) -> None:
        if self._told is None or await self._conversation() is None:
            await self._refuse("not_found")
        elif isinstance(frame, Messages):
            await self._told.catch_up(frame.after)
        else:
            await self._told.seen(frame.message)

    @property
    def _conversation_id(self) -> UUID:
        found: UUID = self.scope["url_route"]["kwargs"]["conversation_id"]
        return found

    async def _conversation(self) -> Conversation | None:
        """Return the visitor's own conversation; also after it was deleted meanwhile."""
        return await unit(self._mine().first)

    def _mine(self) -> QuerySet[Conversation]:
        assert self._visitor is not None
        return visitors.conversations(self._visitor).filter(pk=self._conversation_id)

    async def _turn(self, turn_id: UUID) -> Turn | None:
        """Return a turn of this conversation; of no other."""
        return await unit(_turns().filter(pk=turn_id, conversation__in=self._mine()).first)

    async def _send(self, frame: dict[str, Any]) -> None:
        async with self._sending:
            if self._closed:
                return
            await self.send(text_data=json.dumps(frame, ensure_ascii=False))


def _turns() -> Any:
    return Turn.objects.select_related("conversation", "superseded_by").prefetch_related(
        "citations__passage", "citations__article"
    )

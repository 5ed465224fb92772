"""The heartbeats of a process's turns: one statement for all of them, while there are any.

async with beating.alive(turn_id, progress=..., lost=...):
    ...                      # `lost` is called where the row isn't ours any more
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection
from django.utils import timezone

from supportapp.conversations.models import Turn
from supportapp.conversations.presenting import Progress
from supportapp.work import first

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Beaten:
    progress: Callable[[], Progress]
    lost: Callable[[], None]


_BEAT = f"""
UPDATE {Turn._meta.db_table} AS turn
SET heartbeat_at = %s, answer = beat.text, streamed_seq = beat.seq
FROM unnest(%s::uuid[], %s::text[], %s::int[]) AS beat (id, text, seq)
WHERE turn.id = beat.id AND turn.state = '{Turn.State.STREAMING}' RETURNING turn.id
"""  # noqa: S608  (names of our own)


def beat(beats: Sequence[tuple[UUID, str, int]]) -> set[UUID]:
    """Say that turns live, and keep their texts so far; returns those that are still ours."""
    if not beats:
        return set()
    ids, texts, numbers = zip(*beats, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, [timezone.now(), list(ids), list(texts), list(numbers)])
        return {row[0] for row in cursor.fetchall()}


class _Pulse:
    """The turns of one event loop."""

    def __init__(self) -> None:
        self._turns: dict[UUID, _Beaten] = {}
        self._task: asyncio.Task[None] | None = None

    def enter(self, turn_id: UUID, beaten: _Beaten) -> None:
        self._turns[turn_id] = beaten
        if self._task is None:
            self._task = asyncio.create_task(self._go())

    async def leave(self, turn_id: UUID) -> None:
        del self._turns[turn_id]
        if self._turns or self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.wait([task])

    async def _go(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            now = {turn: beaten.progress() for turn, beaten in self._turns.items()}
            beats = [(turn, said.text, said.seq) for turn, said in now.items()]
            try:
                ours = await first(beat, beats)
            except DatabaseError:
                logger.warning("turn.heartbeat_missed", extra={"fields": {"turns": len(beats)}})
                continue
            for turn in now:
                if turn not in ours and turn in self._turns:
                    self._turns[turn].lost()


_pulses: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pulse] = WeakKeyDictionary()


@asynccontextmanager
async def alive(
    turn_id: UUID, *, progress: Callable[[], Progress], lost: Callable[[], None]
) -> AsyncIterator[None]:
    """Say that a turn lives, with its text so far, while the body runs."""
    pulse = _pulses.setdefault(asyncio.get_running_loop(), _Pulse())
    pulse.enter(turn_id, _Beaten(progress, lost))
    try:
        yield
    finally:
        await pulse.leave(turn_id)

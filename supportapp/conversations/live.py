"""The turns that run in this process, and how to follow those that don't.

`start` and `stop` may be called from anywhere: a socket, an async view, a sync view's thread.
Under an ASGI server with lifespan (uvicorn) turns run as tasks of the server's loop. Where there
is no such loop (a plain test client, a command), `start` runs the turn to its end before it
returns. `follow` yields numbered frames, wherever the turn runs; it ends with the turn.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import DatabaseError

from supportapp.conversations import postbox, turns
from supportapp.conversations.models import Turn
from supportapp.conversations.postbox import Postbox
from supportapp.conversations.presenting import Progress
from supportapp.conversations.running import Reason, Running, run
from supportapp.conversations.transcript import Frame, Transcript
from supportapp.work import unit

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
STOP_SECONDS = 2.0


class Here:
    """A turn that runs in this process."""

    def __init__(self, turn_id: UUID) -> None:
        self.running = Running(turn_id)
        self.loop = asyncio.get_running_loop()
        self.task: asyncio.Task[None] | None = None

    def end(self, reason: Reason) -> None:
        """Make it end now; on its own loop only."""
        if self.task is not None and not self.task.done():
            self.running.reason = reason
            self.task.cancel()


_here: dict[UUID, Here] = {}
_mirrors: dict[UUID, Transcript] = {}
_errands: set[asyncio.Task[Any]] = set()
_home: asyncio.AbstractEventLoop | None = None


def attach() -> None:
    """Make the running loop the one on which turns run; the server calls it when it starts."""
    global _home
    if _home is None or not _home.is_running():
        _home = asyncio.get_running_loop()


def start(turn_id: UUID) -> None:
    """Answer a waiting turn. Calling it twice, or for a turn that is over, does nothing."""
    if _has_loop():
        _begin(turn_id)
    elif _home is not None and _home.is_running():
        _home.call_soon_threadsafe(_begin, turn_id)
    else:
        async_to_sync(_run_to_the_end)(turn_id)


def stop(turn_id: UUID) -> None:
    """Stop a turn, at the model too; returns when it has ended. Not for use on a loop: `halt`."""
    if _home is None or not _home.is_running():
        turns.cancel(turn_id)
        return
    # In a context of its own: the caller's thread waits here, so the errand must not need it.
    told = contextvars.Context().run(asyncio.run_coroutine_threadsafe, halt(turn_id), _home)
    with suppress(TimeoutError):
        told.result(2 * STOP_SECONDS)


async def halt(turn_id: UUID) -> None:
    """Stop a turn, here or in the process that runs it."""
    here = _here.get(turn_id)
    if here is not None and here.loop is asyncio.get_running_loop() and here.task is not None:
        here.end("cancelled")
        await asyncio.wait([here.task], timeout=STOP_SECONDS)
        return
    runner = await unit(_runner, turn_id)
    await unit(turns.cancel, turn_id)
    if runner:
        await _box().send(runner, what="stop", turn=str(turn_id))


def progress(turn_id: UUID) -> Progress | None:
    """Return how far a turn has come, where it runs in this process."""
    here = _here.get(turn_id)
    return None if here is None else here.running.transcript.progress


def follow(turn_id: UUID, after: int) -> AsyncIterator[Frame]:
    """Return the frames after number `after`, until the turn is over.

    What is said between this call and the reading isn't missed.
    """
    here = _here.get(turn_id)
    return _read(turn_id, here.running.transcript if here else None, after)


async def _read(turn_id: UUID, transcript: Transcript | None, after: int) -> AsyncIterator[Frame]:
    if transcript is None:
        transcript = await _mirror(turn_id)
    async for frame in transcript.read(after):
        yield frame


async def drain(seconds: float) -> None:
    """Let running turns end; after `seconds` mark the rest interrupted. For shutdown."""
    loop = asyncio.get_running_loop()
    mine = [here for here in _here.values() if here.loop is loop]
    tasks = [here.task for here in mine if here.task is not None]
    if tasks:
        logger.info("turns.draining", extra={"fields": {"turns": len(tasks)}})
        await asyncio.wait(tasks, timeout=seconds)
    for here in mine:
        here.end("interrupted")
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
    await _box().close()


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _begin(turn_id: UUID) -> None:
    attach()
    if turn_id in _here:
        return
    here = _here[turn_id] = Here(turn_id)
    here.task = _alone_task(_main(here))


async def _main(here: Here) -> None:
    try:
        runner = await _box().open()
        await run(here.running, runner=runner, claimed=_stop_superseded)
    finally:
        del _here[here.running.id]


async def _run_to_the_end(turn_id: UUID) -> None:
    await run(Running(turn_id))


def _stop_superseded(turn_id: UUID) -> None:
    """The row of the turn that this one replaces is cancelled; its task has to hear of it."""
    _alone_task(halt(turn_id))


def _alone_task(errand: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start a task that inherits nothing of a request, neither its thread nor its language."""
    task = asyncio.get_running_loop().create_task(errand, context=contextvars.Context())
    _errands.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _errands.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        # The log's format names the error and its frames, never its message.
        logger.error("turn.crashed", exc_info=error)


def _runner(turn_id: UUID) -> str:
    """Return the address of the process that runs a turn."""
    running = Turn.objects.filter(pk=turn_id, state__in=Turn.RUNNING)
    return running.values_list("runner", flat=True).first() or ""


# Turns that run in other processes


def _box() -> Postbox:
    return postbox.of_this_loop(_receive)


async def _mirror(turn_id: UUID) -> Transcript:
    """Return a copy, kept up to date, of a transcript that another process writes."""
    known = _mirrors.get(turn_id)
    if known is None:
        known = _mirrors[turn_id] = Transcript()
        _alone_task(_keep(turn_id, known))
    return known


async def _keep(turn_id: UUID, copy: Transcript) -> None:
    """Ask the turn's process for frames, and watch the row in case it doesn't answer."""
    asked, seen = "", 0
    try:
        while not copy.ended:
            runner, written = await _look(turn_id)
            if runner is None:
                break
            # Once; again where another process took over, or where the row is ahead of what came.
            stuck = len(copy.frames) == seen < written
            if runner and (runner != asked or stuck):
                asked = runner
                await _ask_for_frames(turn_id, runner, len(copy.frames))
            seen = len(copy.frames)
            await asyncio.sleep(POLL_SECONDS)
    finally:
        _mirrors.pop(turn_id, None)
        copy.end()


async def _ask_for_frames(turn_id: UUID, runner: str, after: int) -> None:
    reply = await _box().open()
    if reply:
        await _box().send(runner, what="follow", turn=str(turn_id), after=after, reply=reply)


async def _look(turn_id: UUID) -> tuple[str | None, int]:
    """Return the runner of a turn and the frames in its row; no runner where it is over."""
    try:
        return await unit(_running_row, turn_id)
    except DatabaseError:
        return "", 0


def _running_row(turn_id: UUID) -> tuple[str | None, int]:
    turns.sweep()
    running = Turn.objects.filter(pk=turn_id, state__in=Turn.RUNNING)
    return running.values_list("runner", "streamed_seq").first() or (None, 0)


async def _receive(message: Mapping[str, Any]) -> None:
    """Another process writes."""
    turn_id = UUID(message["turn"])
    here, copy = _here.get(turn_id), _mirrors.get(turn_id)
    match message["what"]:
        case "stop" if here is not None:
            here.end("cancelled")
        case "follow" if here is not None:
            _alone_task(_feed(here.running.transcript, message))
        case "frame" if copy is not None:
            copy.take(Frame(message["seq"], message["kind"], message["text"]))
        case "ended" if copy is not None:
            copy.end()


async def _feed(transcript: Transcript, request: Mapping[str, Any]) -> None:
    """Send a transcript's frames to the process that asked for them."""
    turn, reply = request["turn"], request["reply"]
    async for frame in transcript.read(request["after"]):
        sent = await _box().send(
            reply, what="frame", turn=turn, seq=frame.seq, kind=frame.kind, text=frame.text
        )
        if not sent:
            return
    await _box().send(reply, what="ended", turn=turn)

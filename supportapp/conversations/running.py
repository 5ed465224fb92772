"""One turn from claim to end. It belongs to no socket: who listens makes no difference.

Every way out leaves the row in a final state: answered, failed, cancelled or interrupted. Only a
process that dies leaves it running, and the sweep finds that by its heartbeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from supportapp.answering import assemble, pipeline, rollouts
from supportapp.answering.values import Answer, Finished, Parts, Stage, Token
from supportapp.conversations import turns
from supportapp.conversations.transcript import Transcript
from supportapp.conversations.turns import Claimed
from supportapp.gateway import ledger, recording, telemetry
from supportapp.gateway.ledger import Ledger
from supportapp.llm.errors import ModelError
from supportapp.tracing import Trace
from supportapp.work import unit

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 2.0
RETRY_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
Reason = Literal["cancelled", "interrupted", "lost"]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Running:
    """A turn under way, and why it shall end before its answer does.

    "lost" means that its row isn't ours any more: it was stopped or swept by another process.
    """

    id: UUID
    transcript: Transcript = field(default_factory=Transcript)
    trace: Trace = field(default_factory=Trace)
    first_token_at: datetime | None = None
    reason: Reason = "interrupted"
    error: str = ""


async def run(
    turn: Running, *, runner: str = "", claimed: Callable[[UUID], None] | None = None
) -> None:
    """Answer a waiting turn; does nothing where it isn't waiting any more.

    `claimed` is told which turn this one supersedes.
    """
    async with ThreadSensitiveContext():
        try:
            won = await _insist(turns.claim, turn.id, runner)
            if won is None:
                return
            if won.supersedes is not None and claimed is not None:
                claimed(won.supersedes)
            workspace_id = won.question.scope.workspace_id
            with ledger.opened(
                workspace_id=workspace_id, visitor=won.visitor, turn_id=turn.id
            ) as kept:
                try:
                    await _to_the_end(turn, won, kept)
                finally:
                    turn.transcript.end()
                    await _settle(turn, won, kept)
        finally:
            turn.transcript.end()


async def _settle(turn: Running, won: Claimed, kept: Ledger) -> None:
    """Store what the models were asked and tell the collector, now that nobody waits."""
    try:
        await _insist(recording.close, kept)
    except DatabaseError:
        logger.warning("turn.calls_lost", extra={"fields": {"turn": str(turn.id)}})
    if telemetry.is_on():
        told = telemetry.Told(
            turn.id,
            won.conversation_id,
            agent=won.question.assistant.name,
            error=turn.error,
            question=won.question.text,
            answer=turn.transcript.text,
        )
        telemetry.export(turn.trace, told)


async def _to_the_end(turn: Running, won: Claimed, kept: Ledger) -> None:
    settled = False
    try:
        async with _heartbeat(turn), asyncio.timeout(settings.TURN_DEADLINE_SECONDS):
            answer = await _answer(turn, won)
        await _insist(
            turns.finish, turn.id, answer, turn.trace, turn.first_token_at, tuple(kept.calls)
        )
        settled = True
    except TimeoutError:
        settled = await _fail(turn, "deadline")
    except ModelError as error:
        settled = await _fail(turn, error.code)
    except DatabaseError:
        settled = await _fail(turn, "unavailable")
    except asyncio.CancelledError:
        settled = await _stopped(turn)
    finally:
        if not settled:
            await _fail(turn, "internal")
        logger.info(
            "turn.ended",
            extra={"fields": {"turn": str(turn.id), "ms": round(turn.trace.elapsed_ms())}},
        )


async def _answer(turn: Running, won: Claimed) -> Answer:
    """Walk the pipeline; what it yields goes to the transcript."""
    parts = await unit(_parts, turn.id, won)
    async with aclosing(pipeline.answer(won.question, parts=parts, trace=turn.trace)) as events:
        async for event in events:
            match event:
                case Stage():
                    turn.transcript.stage(event.label or event.name)
                case Token():
                    turn.first_token_at = turn.first_token_at or timezone.now()
                    turn.transcript.token(event.text)
                    # Tokens that are there already must not keep others from their turn.
                    await asyncio.sleep(0)
                case Finished():
                    return _noted(event.answer, parts)
    raise AssertionError("the pipeline ended without an answer")


def _parts(turn_id: UUID, won: Claimed) -> Parts:
    """Return what answers the turn: what counts now, or what is tried in its conversation."""
    workspace_id = won.question.scope.workspace_id
    choice = rollouts.enter(workspace_id, won.conversation_id, turn_id)
    return assemble.remembering(assemble.parts(workspace_id, choice), choice.retrieval)


def _noted(answer: Answer, parts: Parts) -> Answer:
    """Let the receipt name the rollout and the side."""
    if parts.tried is None:
        return answer
    return replace(answer, receipt={**answer.receipt, "rollout": parts.tried.noted()})


async def _fail(turn: Running, code: str) -> bool:
    turn.error = code
    logger.warning("turn.failed", extra={"fields": {"turn": str(turn.id), "code": code}})
    await _insist(turns.fail, turn.id, code, turn.transcript.text, turn.trace)
    return True


async def _stopped(turn: Running) -> bool:
    verb = turns.interrupt if turn.reason == "interrupted" else turns.cancel
    await _insist(verb, turn.id, turn.transcript.text)
    return True


async def _insist(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do a unit of work; while the database is away for a moment, try again.

    Safe because each verb is a conditional update: done twice, it changes nothing the second time.
    """
    for wait in RETRY_WAITS:
        try:
            return await unit(verb, *args, **kwargs)
        except (OperationalError, InterfaceError):
            logger.warning("turn.database_away", extra={"fields": {"verb": verb.__name__}})
            await asyncio.sleep(wait)
    return await unit(verb, *args, **kwargs)


@asynccontextmanager
async def _heartbeat(turn: Running) -> AsyncIterator[None]:
    """Beat while the body runs; where the row isn't ours any more, end the body."""
    body = asyncio.current_task()
    assert body is not None

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            now = turn.transcript.progress
            try:
                ours = await unit(turns.heartbeat, turn.id, now.text, now.seq)
            except DatabaseError:
                logger.warning("turn.heartbeat_missed", extra={"fields": {"turn": str(turn.id)}})
                continue
            if not ours:
                turn.reason = "lost"
                body.cancel()
                return

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])

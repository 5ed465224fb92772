"""One turn from claim to end. It belongs to no socket: who listens makes no difference.

Every way out leaves the row in a final state: answered, failed, cancelled or interrupted. Only a
process that dies leaves it running, and the sweep finds that by its heartbeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from supportapp import row_versions
from supportapp.answering import assemble, pipeline, rollouts
from supportapp.answering.values import Answer, Finished, Parts, Stage, Token
from supportapp.conversations import beating, claiming, turns
from supportapp.conversations.claiming import Claimed
from supportapp.conversations.transcript import Transcript
from supportapp.gateway import ledger, recording, telemetry
from supportapp.gateway.ledger import Ledger
from supportapp.guardrails import current
from supportapp.llm.errors import ModelError
from supportapp.tracing import Trace
from supportapp.work import first, last

logger = logging.getLogger(__name__)
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
    claimed: Claimed | None = None


async def run(
    turn: Running, *, runner: str = "", claimed: Callable[[UUID], None] | None = None
) -> None:
    """Answer a waiting turn; does nothing where it isn't waiting any more.

    `claimed` is told which turn this one supersedes.
    """
    try:
        with row_versions.one_question():
            parts = await _begin(turn, runner)
            won = turn.claimed
            if won is None or parts is None:
                return
            if won.supersedes is not None and claimed is not None:
                claimed(won.supersedes)
            workspace_id = won.question.scope.workspace_id
            with ledger.opened(
                workspace_id=workspace_id, visitor=won.visitor, turn_id=turn.id
            ) as kept:
                try:
                    await _to_the_end(turn, parts, kept)
                finally:
                    turn.transcript.end()
                    await _settle(turn, won, kept)
    finally:
        turn.transcript.end()


async def _begin(turn: Running, runner: str) -> Parts | None:
    """Take the turn and gather what answers it, in one hop; None where it isn't ours."""
    begun = False
    try:
        parts = await _insist(_prepared, turn, runner, timezone.now())
        begun = True
    except DatabaseError:
        if turn.claimed is None:
            raise
        begun = await _fail(turn, "unavailable")
        return None
    except asyncio.CancelledError:
        # Whether it was taken meanwhile or not: the row ends, and who comes later leaves it.
        begun = await _stopped(turn)
        return None
    finally:
        if not begun and turn.claimed is not None:
            await _fail(turn, "internal")
    return parts


def _prepared(turn: Running, runner: str, now: datetime) -> Parts | None:
    turn.claimed = claiming.claim(turn.id, runner, now)
    return None if turn.claimed is None else _parts(turn.id, turn.claimed)


async def _settle(turn: Running, won: Claimed, kept: Ledger) -> None:
    """Store what the models were asked and tell the collector, now that nobody waits."""
    try:
        if kept.is_open:
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


async def _to_the_end(turn: Running, parts: Parts, kept: Ledger) -> None:
    settled = False
    try:
        async with _alive(turn), asyncio.timeout(settings.TURN_DEADLINE_SECONDS):
            answer = await _answer(turn, parts)
        await _insist(_finished, turn, answer, kept)
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


def _finished(turn: Running, answer: Answer, kept: Ledger) -> None:
    """Store the answer, then what it cost, in a transaction of its own: many share those rows."""
    turns.finish(turn.id, answer, turn.trace, turn.first_token_at, tuple(kept.calls))
    with suppress(DatabaseError):  # `_settle` tries again
        recording.close(kept)


async def _answer(turn: Running, parts: Parts) -> Answer:
    """Walk the pipeline; what it yields goes to the transcript."""
    assert turn.claimed is not None
    question = turn.claimed.question
    async with aclosing(pipeline.answer(question, parts=parts, trace=turn.trace)) as events:
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
    made = assemble.remembering(assemble.parts(workspace_id, choice), choice.retrieval)
    current.guards(workspace_id)  # at hand for the pipeline, without a hop of its own
    return made


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


# What is done once the answer is there.
BOOKKEEPING: frozenset[object] = frozenset({_finished, recording.close})


async def _hop(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Begin and end a turn before the bookkeeping of those that were answered."""
    if verb in BOOKKEEPING:
        return await last(verb, *args, **kwargs)
    return await first(verb, *args, **kwargs)


async def _insist(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do a unit of work; while the database is away for a moment, try again.

    Safe because each verb is a conditional update: done twice, it changes nothing the second time.
    """
    for wait in RETRY_WAITS:
        try:
            return await _hop(verb, *args, **kwargs)
        except (OperationalError, InterfaceError):
            logger.warning("turn.database_away", extra={"fields": {"verb": verb.__name__}})
            await asyncio.sleep(wait)
    return await _hop(verb, *args, **kwargs)


def _alive(turn: Running) -> AbstractAsyncContextManager[None]:
    """Beat while the body runs; where the row isn't ours any more, end the body."""
    body = asyncio.current_task()
    assert body is not None

    def lost() -> None:
        turn.reason = "lost"
        body.cancel()

    return beating.alive(turn.id, progress=lambda: turn.transcript.progress, lost=lost)

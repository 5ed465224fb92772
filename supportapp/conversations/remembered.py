"""What a turn means for the memory: a hit to be checked, an answer that was passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline
from supportapp.answering.values import Answer, Finished, Outcome, Parts, Question
from supportapp.caching import keeping, knobs, shadows
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.gateway import ledger, recording
from supportapp.llm.errors import ModelError
from supportapp.outbox import events as outbox
from supportapp.tracing import Trace

TASK = "supportapp.conversations.tasks.check_remembered"


def finished(turn: Turn) -> None:
    """Promise the check of a hit that is one of the sample, and count an answer passed over.

    Part of the transaction that ends the turn.
    """
    if turn.cause == Turn.Cause.REGENERATE and turn.supersedes is not None:
        before = noted(turn.supersedes)
        if before.get("outcome") == "hit":
            keeping.passed_over(before["remembered"])
    if noted(turn).get("outcome") != "hit":
        return
    share = knobs.of(turn.conversation.workspace_id).shadow_share
    if shadows.is_chosen(share, turn.pk):
        outbox.add(TASK, turn_id=turn.pk)


def noted(turn: Turn) -> dict[str, Any]:
    """Return what the turn's receipt says of the memory."""
    return turn.receipt.get("memory") or {}


def check(turn_id: UUID) -> str:
    """Answer a hit's question anew, beside, and compare; safe to run again. Returns what came."""
    turn = Turn.objects.select_related("conversation__workspace").filter(pk=turn_id).first()
    if turn is None or turn.conversation.deleted_at is not None:
        return ""
    said = noted(turn)
    shadow = shadows.ask(said["remembered"], turn.pk, turn.question, said["likeness"])
    if shadow is None:
        return ""
    question = question_of(turn)
    with ledger.opened(workspace_id=question.scope.workspace_id, turn_id=turn.pk) as kept:
        try:
            answer = async_to_sync(_answered)(question, _parts(question.scope.workspace_id))
        except ModelError:
            return shadows.failed(shadow)
        finally:
            recording.close(kept)
    if answer.outcome is Outcome.ANSWERED and answer.notices:
        # Quoted because the model is away: that says nothing of what was remembered.
        return shadows.failed(shadow)
    text = answer.text if answer.outcome is Outcome.ANSWERED else ""
    return shadows.judge(shadow, text, {each.article_id for each in answer.citations})


def _parts(workspace_id: int) -> Parts:
    """Written by the best model: what is to be checked shall not be judged by a cheaper one."""
    return replace(assemble.parts(workspace_id), routes=None)


async def _answered(question: Question, parts: Parts) -> Answer:
    """Without tools, for those may change something."""
    asked = replace(question, caller=None)
    async for event in pipeline.answer(asked, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")

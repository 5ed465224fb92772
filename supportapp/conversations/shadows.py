"""A candidate answers a turn that is over, so that both answers can be compared.

Nobody but staff is shown it. It uses no tools, for those may change something, and it counts
towards the workspace's allowance like any answer.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import timezone

from supportapp.answering import assemble, judging, pipeline, setups
from supportapp.answering.judging import Pair
from supportapp.answering.models import Judgement, Rollout, ShadowAnswer
from supportapp.answering.prompting import JUDGE
from supportapp.answering.values import Answer, Finished, Parts, Question, Token
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.conversations.receipts import evidence_of
from supportapp.gateway import chats, ledger, recording
from supportapp.guardrails import personal
from supportapp.llm.errors import ModelError
from supportapp.outbox import events as outbox
from supportapp.tracing import Trace

TASK = "supportapp.conversations.tasks.run_shadow"
# Pairs that a model judges for one rollout; people may go on.
MOST_JUDGED = 200
MOST_PASSAGES = 8


def promise(turn: Turn) -> None:
    """Let the running shadow answer this turn too, where it is in its share.

    Part of the transaction that ends the turn.
    """
    conversation = turn.conversation
    candidate = setups.standing(conversation.workspace_id).shadow
    if candidate is not None and candidate.takes(conversation.pk):
        outbox.add(TASK, turn_id=turn.pk, rollout_id=candidate.id)


def run(turn_id: UUID, rollout_id: int) -> ShadowAnswer | None:
    """Answer and compare; None where there is nothing to do. Safe to run again."""
    turn = Turn.objects.select_related("conversation__workspace").filter(pk=turn_id).first()
    rollout = Rollout.objects.filter(pk=rollout_id, state=Rollout.State.RUNNING).first()
    if turn is None or rollout is None or turn.conversation.deleted_at is not None:
        return None
    known = ShadowAnswer.objects.filter(turn=turn, rollout=rollout).first()
    shadow = known or _answer(turn, rollout)
    if not shadow.judgements.filter(judge=None).exists():
        _judge(turn, shadow)
    return shadow


def _answer(turn: Turn, rollout: Rollout) -> ShadowAnswer:
    workspace_id = turn.conversation.workspace_id
    candidate = setups.candidate(rollout)
    choice = candidate.applied(setups.standing(workspace_id).choice)
    parts = assemble.parts(workspace_id, choice)
    if candidate.model:
        # It is this model that is tried, on every question of its share.
        parts = replace(parts, routes=None)
    parts = replace(parts, tools=None, limits=replace(parts.limits, suggestions=0))
    trace, first = Trace(), list[float]()
    fields: dict[str, Any] = {}
    with ledger.opened(workspace_id=workspace_id, turn_id=turn.pk) as kept:
        try:
            answer = async_to_sync(_answered)(question_of(turn), parts, trace, first)
            fields = _fields(answer)
        except ModelError as error:
            fields = {"error": error.code}
        finally:
            recording.close(kept)
    fields |= {"first_token_ms": first[0] if first else None, "total_ms": trace.elapsed_ms()}
    with transaction.atomic():
        shadow, _ = ShadowAnswer.objects.get_or_create(turn=turn, rollout=rollout, defaults=fields)
    return shadow


async def _answered(question: Question, parts: Parts, trace: Trace, first: list[float]) -> Answer:
    question = replace(question, caller=None)
    async with aclosing(pipeline.answer(question, parts=parts, trace=trace)) as events:
        async for event in events:
            if isinstance(event, Token) and not first:
                first.append(trace.elapsed_ms())
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("the pipeline ended without an answer")


def _fields(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome.value,
        "text": answer.text,
        "model": answer.model,
        "receipt": dict(answer.receipt),
    }


def _judge(turn: Turn, shadow: ShadowAnswer) -> None:
    """Let a model compare, where one is configured for it and the two differ."""
    if turn.state != Turn.State.ANSWERED or shadow.error or shadow.text == turn.answer:
        return
    done = Judgement.objects.filter(shadow__rollout=shadow.rollout_id, judge=None).count()
    workspace_id = turn.conversation.workspace_id
    chat = chats.chat(JUDGE, workspace_id=workspace_id)
    if chat is None or done >= MOST_JUDGED:
        return
    prompt = setups.standing(workspace_id).choice.prompt(JUDGE)
    pair = Pair(
        question=personal.masked(turn.question),
        production=personal.masked(turn.answer),
        candidate=personal.masked(shadow.text),
        evidence=evidence_of(turn.receipt, shadow.receipt, most=MOST_PASSAGES),
    )
    with ledger.opened(workspace_id=workspace_id, turn_id=turn.pk) as kept:
        try:
            judged = async_to_sync(judging.judge)(pair, prompt, chat, chat.model)
        except ModelError:
            return
        finally:
            recording.close(kept)
    Judgement.objects.get_or_create(
        shadow=shadow,
        judge=None,
        defaults={
            "verdict": judged.verdict,
            "details": {**judged.details, "at": timezone.now().isoformat()},
        },
    )

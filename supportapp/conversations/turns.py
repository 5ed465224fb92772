"""The verbs of a turn: open, finish, fail, cancel, sweep; `claiming` has the one between.

Pattern: conditional updates. A turn's state changes only from where it may, and the row count
says who won; a final state stays. Everything that follows from a change (citations, spans, outbox
rows) is written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from supportapp.answering.values import Answer
from supportapp.conversations import receipts, remembered, shadows, signals, titles
from supportapp.conversations.models import Citation, Conversation, SpanRecord, Turn
from supportapp.conversations.questions import Asker, caller_of
from supportapp.guardrails import counting, entrance
from supportapp.guardrails.values import Action
from supportapp.llm.endpoints import Call
from supportapp.outbox import events as outbox
from supportapp.tools import confirmations
from supportapp.tracing import Trace

State = Turn.State
REFUSALS = {
    "empty": "Write a question first.",
    "too_long": "This is too long: a question can have {longest} characters.",
    "busy": "The question before is still being answered. Stop it first, or wait for its end.",
    "gone": "This question isn't part of the conversation any more. Reload the page.",
}


class Refused(Exception):
    """A question that can't be asked now; `code` and `message` are for the one who asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = REFUSALS[code].format(longest=settings.MAX_QUESTION_CHARACTERS)


def open(
    conversation: Conversation,
    text: str,
    client_id: UUID,
    *,
    cause: str = Turn.Cause.ASK,
    supersedes: Turn | UUID | None = None,
    asker: Asker | None = None,
    admit: Callable[[], None] | None = None,
) -> Turn:
    """Store a question before anything can fail; the same `client_id` again returns its turn.

    Without an asker it is answered from what everyone may read.
    Raises Refused. A turn that it supersedes is stopped if it still runs. `admit` may raise too; it
    is called where the question is new and can be asked now. Follow it with
    `live.start(turn.pk)`, which may be called as often as one likes.
    """
    text = _admitted(text)
    with transaction.atomic():
        # One question of a conversation at a time: what follows is decided under this lock.
        owner = Conversation.objects.select_for_update().get(pk=conversation.pk)
        found = _known_or_running(owner, client_id)
        if found.known is not None:
            return found.known
        old = _superseded(owner, supersedes)
        _make_room(owner, old, found.running)
        if admit is not None:
            admit()
        turn = _create(owner, text, client_id, cause, old, asker or Asker.anyone(owner))
        signals.asked(turn, old)
        _touch(owner, text)
    return turn


@dataclass(frozen=True, slots=True)
class _Found:
    """The turn that a question already has, and those that its conversation is still answering."""

    known: Turn | None
    running: tuple[Turn, ...]


def _known_or_running(owner: Conversation, client_id: UUID) -> _Found:
    rows = owner.turns.filter(Q(client_id=client_id) | Q(state__in=Turn.RUNNING))
    every = tuple(rows)
    known = next((each for each in every if each.client_id == client_id), None)
    return _Found(known, tuple(each for each in every if each.is_running))


def known(
    conversation: Conversation,
    text: str,
    client_id: UUID,
    *,
    supersedes: Turn | UUID | None = None,
) -> Turn | None:
    """Return the turn that `open` would find already; None where it would make one.

    Raises Refused where `open` would, so that what is refused can be refused before it is counted.
    """
    _admitted(text)
    found = _known_or_running(conversation, client_id)
    if found.known is None:
        _refuse_while_busy(conversation, found.running, _superseded(conversation, supersedes))
    return found.known


def _admitted(text: str) -> str:
    """Return the cleaned text of what can be a question."""
    text = entrance.clean(text)
    verdict = entrance.admit(text, longest=settings.MAX_QUESTION_CHARACTERS)
    if verdict.action is Action.BLOCK:
        raise Refused(verdict.code)
    return text


def _superseded(conversation: Conversation, supersedes: Turn | UUID | None) -> Turn | None:
    """Return the newest version of the turn that is to be replaced."""
    if supersedes is None:
        return None
    wanted = supersedes.pk if isinstance(supersedes, Turn) else supersedes
    turn = conversation.turns.filter(pk=wanted).first()
    if turn is None:
        raise Refused("gone")
    return conversation.turns.filter(position=turn.position).latest("created_at")


def _make_room(conversation: Conversation, old: Turn | None, running: Sequence[Turn]) -> None:
    """See that no other turn runs: stop the one that is replaced, and sweep dead ones."""
    if old is not None:
        _end(Turn.objects.filter(pk=old.pk), State.CANCELLED)
    _refuse_while_busy(conversation, running, old)


def _refuse_while_busy(
    conversation: Conversation, running: Sequence[Turn], besides: Turn | None
) -> None:
    others = [each for each in running if besides is None or each.pk != besides.pk]
    if others and sweep(conversation):
        others = [each for each in others if each.heartbeat_at and each.heartbeat_at >= _stale()]
    if others:
        raise Refused("busy")


def _create(
    conversation: Conversation,
    text: str,
    client_id: UUID,
    cause: str,
    old: Turn | None,
    asker: Asker,
) -> Turn:
    last = conversation.turns.aggregate(last=Max("position"))["last"] or 0
    return Turn.objects.create(
        conversation=conversation,
        position=old.position if old else last + 1,
        client_id=client_id,
        cause=cause if old else Turn.Cause.ASK,
        supersedes=old,
        question=text,
        heartbeat_at=timezone.now(),
        receipt={"asker": asker.as_json()},
    )


def _touch(conversation: Conversation, text: str) -> None:
    conversation.updated_at = timezone.now()
    if not conversation.title:
        conversation.title = titles.from_question(text)
    conversation.save(update_fields=["updated_at", "title"])


def finish(
    turn_id: UUID,
    answer: Answer,
    trace: Trace,
    first_token_at: datetime | None = None,
    calls: Sequence[Call] = (),
) -> bool:
    """Store the answer with its citations, spans and receipt; False where it ended otherwise."""
    now = timezone.now()
    with transaction.atomic():
        rows = Turn.objects.select_related("conversation").select_for_update(of=("self",))
        turn = rows.get(pk=turn_id)
        if turn.state != State.STREAMING:
            return False
        turn.state = State.ANSWERED
        turn.finished_at = turn.heartbeat_at = now
        turn.first_token_at = first_token_at or now
        receipts.fill(turn, answer, trace, calls)
        turn.save()
        Citation.objects.bulk_create(
            Citation(
                turn=turn,
                number=each.number,
                passage_id=each.passage_id,
                revision_id=each.revision_id,
                article_id=each.article_id,
                quote=each.quote,
            )
            for each in answer.citations
        )
        SpanRecord.objects.bulk_create(receipts.spans(turn, trace))
        if answer.proposal is not None:
            confirmations.propose(
                turn.pk, turn.conversation.visitor, caller_of(turn), answer.proposal
            )
        remembered.finished(turn)
        outbox.add("supportapp.review.tasks.sample_turn", turn_id=turn.pk)
        titles.promise(turn)
        shadows.promise(turn)
        # Last, because these rows are shared with every other turn of the day.
        counting.add(turn.conversation.workspace_id, now.date(), answer.receipt.get("guards", ()))
    return True


def fail(turn_id: UUID, code: str, text: str, trace: Trace | None = None) -> bool:
    """Store that the answer broke off, with the text so far and why."""
    with transaction.atomic():
        mine = Turn.objects.filter(pk=turn_id)
        won = _end(mine, State.FAILED, error_code=code, answer=text)
        if won and trace is not None:
            turn = mine.get()
            SpanRecord.objects.bulk_create(receipts.spans(turn, trace))
    return won


def cancel(turn_id: UUID, text: str | None = None) -> bool:
    """Store that the customer stopped it; the text so far stays."""
    more = {} if text is None else {"answer": text}
    with transaction.atomic():
        won = _end(Turn.objects.filter(pk=turn_id), State.CANCELLED, **more)
        if won:
            outbox.add("supportapp.review.tasks.record_signal", turn_id=turn_id, kind="stopped")
        elif text:
            # Another process was told first; it doesn't know the last words.
            Turn.objects.filter(pk=turn_id, state=State.CANCELLED).update(answer=text)
    return won


def interrupt(turn_id: UUID, text: str) -> bool:
    """Store that our side ended before the answer did."""
    return _end(
        Turn.objects.filter(pk=turn_id), State.INTERRUPTED, error_code="interrupted", answer=text
    )


def sweep(conversation: Conversation | None = None) -> int:
    """Mark turns interrupted whose process gives no sign of life; returns how many."""
    stale = Turn.objects.filter(state__in=Turn.RUNNING, heartbeat_at__lt=_stale())
    if conversation is not None:
        stale = stale.filter(conversation=conversation)
    return stale.update(
        state=State.INTERRUPTED, error_code="interrupted", finished_at=timezone.now()
    )


def _stale() -> datetime:
    return timezone.now() - timedelta(seconds=settings.TURN_STALE_SECONDS)


def _end(turns: QuerySet[Turn], state: str, **fields: str) -> bool:
    ended = turns.filter(state__in=Turn.RUNNING).update(
        state=state, finished_at=timezone.now(), **fields
    )
    return bool(ended)

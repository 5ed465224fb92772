"""Taking a turn: whoever changes its row from waiting to streaming answers it, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from supportapp.answering.values import Question
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of

State = Turn.State


@dataclass(frozen=True, slots=True)
class Claimed:
    """A turn that is ours to answer."""

    question: Question
    supersedes: UUID | None
    conversation_id: UUID
    visitor: UUID


def claim(turn_id: UUID, runner: str, now: datetime) -> Claimed | None:
    """Take a waiting turn; None where someone else has it or it is over.

    Asked again by the same runner with the same `now`, it is still theirs: a connection can break
    after the row was written.
    """
    mine = Turn.objects.filter(pk=turn_id)
    won = mine.filter(state=State.WAITING).update(
        state=State.STREAMING, started_at=now, heartbeat_at=now, runner=runner
    )
    if not won:
        mine = mine.filter(state=State.STREAMING, started_at=now, runner=runner)
    turn = mine.select_related("conversation__workspace").first()
    if turn is None:
        return None
    visitor = turn.conversation.visitor
    return Claimed(question_of(turn), turn.supersedes_id, turn.conversation_id, visitor)

"""An answer that a reviewer called good may serve prompts as an example of how to answer."""

from __future__ import annotations

from uuid import UUID

from supportapp.answering import examples
from supportapp.answering.examples import Approved
from supportapp.conversations.models import Turn
from supportapp.outbox import events as outbox
from supportapp.retrieval import sentences
from supportapp.review.models import Annotation

TASK = "supportapp.review.tasks.take_example"


def promise(annotation: Annotation) -> None:
    """Have a good answer taken up; part of the transaction that stores the verdict."""
    if annotation.verdict == Annotation.Verdict.GOOD:
        outbox.add(TASK, annotation_id=annotation.pk)


def take_back(turn_id: UUID) -> None:
    """Forget the example of a turn on which no verdict stands any more."""
    examples.withdraw(turn_id)


def take_up(annotation_id: int) -> bool:
    """Keep a well answered question that stood alone; False where it is no example."""
    annotation = (
        Annotation.objects.standing()
        .select_related("item__turn__conversation")
        .filter(pk=annotation_id, verdict=Annotation.Verdict.GOOD)
        .first()
    )
    if annotation is None:
        return False
    turn = annotation.item.turn
    if turn.outcome != "answered" or not turn.kind or _follows_others(turn):
        return False
    approved = Approved(
        question=turn.question,
        answer=turn.answer,
        language=sentences.language_of(turn.question) or "en",
        revisions=tuple(turn.citations.values_list("revision_id", flat=True)),
        turn_id=turn.pk,
    )
    return examples.approve(turn.conversation.workspace_id, approved) is not None


def _follows_others(turn: Turn) -> bool:
    return turn.conversation.turns.filter(position__lt=turn.position).exists()

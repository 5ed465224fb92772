"""What a new question says about the answer before it, promised to the review room by outbox."""

from __future__ import annotations

from uuid import UUID

from supportapp.conversations.models import Turn
from supportapp.outbox import events as outbox
from supportapp.retrieval import sentences

RECORD = "supportapp.review.tasks.record_signal"
ALIKE = 0.5
LOOK_BACK = 3
_KINDS = {Turn.Cause.EDIT: "edited", Turn.Cause.REGENERATE: "regenerated"}


def asked(turn: Turn, old: Turn | None) -> None:
    """Note that a question was edited, regenerated, or asked again in other words."""
    if old is not None:
        _promise(old.pk, _KINDS[Turn.Cause(turn.cause)])
        return
    before = (
        turn.conversation.turns.filter(position__lt=turn.position, superseded_by=None)
        .order_by("-position")
        .values_list("pk", "question")[:LOOK_BACK]
    )
    mine = sentences.terms(turn.question)
    for pk, question in before:
        if _alike(mine, sentences.terms(question)):
            _promise(pk, "asked_again")
            return


def _alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Jaccard: shared words of all words. One shared word alone proves nothing."""
    shared, every = len(mine & theirs), len(mine | theirs)
    return shared >= 2 and shared / every >= ALIKE


def _promise(turn_id: UUID, kind: str) -> None:
    outbox.add(RECORD, turn_id=turn_id, kind=kind)

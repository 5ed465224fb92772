"""What a new question says about answers before it, promised to the review room by outbox."""

from __future__ import annotations

from supportapp.conversations.models import Turn
from supportapp.outbox import events as outbox

RECORD = "supportapp.review.tasks.record_signal"
LOOK_BACK = "supportapp.review.tasks.look_back"
_KINDS = {Turn.Cause.EDIT: "edited", Turn.Cause.REGENERATE: "regenerated"}


def asked(turn: Turn, old: Turn | None) -> None:
    """Note that a question was edited or regenerated; have any other looked at for a repetition.

    Whether it was asked before, here or days ago, is found out later: that takes vectors.
    """
    if old is not None:
        outbox.add(RECORD, turn_id=old.pk, kind=_KINDS[Turn.Cause(turn.cause)])
    else:
        outbox.add(LOOK_BACK, turn_id=turn.pk)

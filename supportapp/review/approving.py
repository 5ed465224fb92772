"""A reviewer's answer becomes the one that everybody who asks the same gets first."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import User

from supportapp.answering.receipts import noted_evidence
from supportapp.caching import keeping
from supportapp.caching.eligible import Asking, obstacle
from supportapp.caching.keeping import NotApprovable
from supportapp.caching.models import RememberedAnswer
from supportapp.caching.values import Approval, ReadPassage
from supportapp.conversations.models import Turn
from supportapp.knowledge.access import EVERYONE
from supportapp.knowledge.models import Passage
from supportapp.retrieval.values import Scope

WHY_NOT = {
    "personal": "The question is about one person. Word it as anyone could ask it.",
    "too_long": "The question is too long to be anybody else's. Word it shorter.",
    "too_short": "The question is too short. Word it so that it can be understood alone.",
}


def is_approvable(turn: Turn) -> bool:
    """Return whether the turn has an answer that cites articles, and no other sources."""
    if turn.state != Turn.State.ANSWERED or not turn.citations.exists():
        return False
    return not turn.receipt.get("tools") and not turn.receipt.get("memory", {}).get("approved_on")


def approve(
    turn: Turn, by: User, *, question: str, answer: str, review_by: date | None
) -> RememberedAnswer:
    """Store the answer as approved, resting on what the turn's answer cites.

    Raises NotApprovable.
    """
    reason = obstacle(Asking(question))
    if reason:
        raise NotApprovable(WHY_NOT.get(reason, "This question can't be shared."))
    asker = turn.receipt.get("asker") or {"audiences": sorted(EVERYONE), "language": "en"}
    cited = [
        ReadPassage(
            each.passage_id, each.number if f"[{each.number}]" in answer else None, each.quote
        )
        for each in turn.citations.all()
    ]
    known = {each.passage_id for each in cited}
    read = Passage.objects.filter(
        pk__in=set(noted_evidence(turn.receipt)) - known, generation_removed=None
    ).values_list("pk", flat=True)
    return keeping.approve(
        Approval(
            question=question,
            answer=answer,
            scope=Scope(turn.conversation.workspace_id, frozenset(asker["audiences"])),
            language=asker["language"],
            passages=(*_once(cited), *(ReadPassage(each) for each in read)),
            kind=turn.kind,
            turn=turn.pk,
            review_by=review_by,
        ),
        by,
    )


def _once(cited: list[ReadPassage]) -> list[ReadPassage]:
    """Return each passage under its first number only; those that are cited count first."""
    first: dict[int, ReadPassage] = {}
    for each in sorted(cited, key=lambda each: each.number is None):
        first.setdefault(each.passage_id, each)
    return list(first.values())

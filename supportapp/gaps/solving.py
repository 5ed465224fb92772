"""A gap closes itself when its questions get answered: by an article that came after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db.models import Q

from supportapp.answering import assemble, searching
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.gaps import clustering
from supportapp.gaps.models import AskedQuestion, Gap
from supportapp.knowledge import access
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval.search import search

# So many of a gap's questions are asked again, and so large a share must be answered.
ASKED_AGAIN = 6
ENOUGH = 0.75
MOST_GAPS = 40
LATEST = 300


def close_solved(workspace: Workspace, now: datetime) -> int:
    """Ask open gaps' questions again after a publication; returns how many gaps closed.

    Nothing is written for it and no model asked: the search says whether it is sure by now, and
    whether what it is sure of was published after the question.
    """
    workspace.refresh_from_db(fields=["generation"])
    gaps = Gap.objects.filter(
        workspace=workspace,
        merged_into=None,
        state__in=(Gap.State.OPEN, Gap.State.SNOOZED),
        questions__gt=0,
        checked_generation__lt=workspace.generation,
    ).order_by("-score")[:MOST_GAPS]
    return sum(_is_closed(gap, workspace.generation, now) for gap in gaps)


def _is_closed(gap: Gap, generation: int, now: datetime) -> bool:
    rows = list(
        gap.asked_questions.filter(turn__conversation__deleted_at=None)
        .select_related("turn__conversation__workspace")
        .order_by("-asked_at")[:LATEST]
    )
    if not rows:
        return False
    order = clustering.most_typical(np.array([row.vector for row in rows], dtype=np.float32))
    again = [rows[place] for place in order[:ASKED_AGAIN]]
    found = Counter(article for row in again if (article := _answered_by(row)) is not None)
    values: dict[str, object] = {"checked_generation": generation}
    is_solved = found.total() >= ENOUGH * len(again)
    if is_solved:
        values |= {
            "state": Gap.State.SOLVED,
            "solved_by": found.most_common(1)[0][0],
            "decided_at": now,
            "decided_by": None,
            "snoozed_until": None,
        }
    waits = Q(state__in=(Gap.State.OPEN, Gap.State.SNOOZED))
    return bool(Gap.objects.filter(waits, pk=gap.pk).update(**values)) and is_solved


def _answered_by(row: AskedQuestion) -> int | None:
    """Return the article that answers the question by now, if it is newer than the question."""
    question = question_of(_with_asker(row.turn))
    found = search(
        searching.query(question),
        question.scope,
        limits=assemble.search_limits(),
        embedder=current_embedder(),
    )
    if not found.is_sure(assemble.answer_limits().min_confidence):
        return None
    newer = _newer(row, [each.passage_id for each in found.evidence])
    # What leads the evidence is what an answer rests on.
    for each in found.evidence[:2]:
        if each.passage_id in newer:
            return each.article_id
    return None


def _newer(row: AskedQuestion, passages: Sequence[int]) -> set[int]:
    """Return those of the passages whose text wasn't published yet when this was asked."""
    later = Passage.objects.filter(pk__in=passages, revision__published_at__gt=row.asked_at)
    hashes = dict(later.values_list("pk", "content_hash"))
    known = set(
        Passage.objects.filter(
            workspace=row.workspace_id,
            content_hash__in=hashes.values(),
            revision__published_at__lte=row.asked_at,
        ).values_list("content_hash", flat=True)
    )
    return {pk for pk, text in hashes.items() if text not in known}


def _with_asker(turn: Turn) -> Turn:
    if "asker" not in turn.receipt:
        turn.receipt = {**turn.receipt, "asker": {"audiences": [*access.EVERYONE], "language": ""}}
    return turn

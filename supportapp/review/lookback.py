"""A new question looks back: was it asked before, in this conversation or in the last days?

Likeness is that of the questions' vectors; where none can be had, that of their words. A vector
alone takes "how do I cancel" and "how do I not cancel" for the same, and so they are here: who
asks either soon after the other wasn't helped the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet

from supportapp.conversations.models import Turn
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval import sentences
from supportapp.review import intake
from supportapp.review.models import Signal

# Finds four of five paraphrases; docs/signals.md says what it was measured on.
ALIKE = 0.7
ALIKE_WORDS = 0.5
LEAST_SHARED = 2
IN_CONVERSATION = 3
ELSEWHERE = 20
DAYS = timedelta(days=7)
LONGEST = 500


def look_back(turn_id: UUID) -> list[Signal.Kind]:
    """Note on earlier turns that their customer asks the same again; returns what was noted."""
    turn = Turn.objects.select_related("conversation").filter(pk=turn_id).first()
    if turn is None or turn.conversation.deleted_at is not None:
        return []
    here = list(_in_conversation(turn)[:IN_CONVERSATION])
    elsewhere = list(_elsewhere(turn)[:ELSEWHERE])
    earlier = [*here, *elsewhere]
    if not earlier:
        return []
    alike = are_alike(turn.question, [each.question for each in earlier])
    noted: list[Signal.Kind] = []
    groups = (
        (Signal.Kind.ASKED_AGAIN, earlier[: len(here)], alike[: len(here)]),
        (Signal.Kind.CAME_BACK, elsewhere, alike[len(here) :]),
    )
    for kind, turns, likes in groups:
        found = next((each for each, is_alike in zip(turns, likes, strict=True) if is_alike), None)
        if found is not None:
            intake.record_signal(found.pk, kind, intake.sign_id(kind, found.pk, turn.pk))
            noted.append(kind)
    return noted


def are_alike(question: str, others: Sequence[str]) -> list[bool]:
    """Return which of the others ask the same in these or other words."""
    asked = [each[:LONGEST] for each in (question, *others)]
    try:
        vectors = current_embedder().embed(asked)
    except EmbeddingUnavailable:
        mine = sentences.terms(question)
        return [share_words(mine, sentences.terms(each)) for each in others]
    return [bool(score >= ALIKE) for score in np.dot(vectors[1:], vectors[0])]


def share_words(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Jaccard: shared words of all words. One shared word alone proves nothing."""
    shared, every = len(mine & theirs), len(mine | theirs)
    return shared >= LEAST_SHARED and shared / every >= ALIKE_WORDS


def _in_conversation(turn: Turn) -> QuerySet[Turn]:
    """The questions just before, newest first; versions that were replaced said so already."""
    return (
        turn.conversation.turns.filter(position__lt=turn.position, superseded_by=None)
        .exclude(outcome="smalltalk")
        .only("id", "question")
        .order_by("-position")
    )


def _elsewhere(turn: Turn) -> QuerySet[Turn]:
    """What the same visitor, or the same account, asked in other conversations of late."""
    talk = turn.conversation
    same = Q(conversation__visitor=talk.visitor)
    if talk.user_id is not None:
        same |= Q(conversation__user=talk.user_id)
    return (
        Turn.objects.filter(
            same,
            conversation__workspace=talk.workspace_id,
            conversation__deleted_at=None,
            created_at__gte=turn.created_at - DAYS,
            created_at__lt=turn.created_at,
            superseded_by=None,
        )
        .exclude(conversation=talk)
        .exclude(outcome="smalltalk")
        .only("id", "question")
        .order_by("-created_at")
    )

"""Which past questions and golden examples an article's draft touches.

Touched is a question whose answer cites the article, and one for which the draft's passages would
be evidence. Questions that ask the same count once, the newest of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from supportapp.answering import drafts, searching
from supportapp.answering.drafts import Remembering
from supportapp.answering.values import Outcome, Question
from supportapp.caching.differences import difference
from supportapp.caching.reading import worded
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.evals import answering_examples, datasets
from supportapp.evals.models import Example
from supportapp.knowledge import passages, text_vectors
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Revision
from supportapp.llm.errors import EmbeddingUnavailable

# Of what doesn't cite the article, so many of the newest are compared with the draft, and so many
# of the nearest searched for.
COMPARED, SEARCHED = 300, 40
COMPARED_AT_THE_DOOR, SEARCHED_AT_THE_DOOR = 40, 3
CITING = 400
NEAR = 0.4
SAME = 0.9
OUTCOMES = (Outcome.ANSWERED.value, Outcome.NO_EVIDENCE.value)


@dataclass(frozen=True, slots=True)
class Touched:
    """A past question or a golden example. `alike`: how many more turns ask the same."""

    question: Question
    turn: Turn | None = None
    example: Example | None = None
    alike: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What is replayed, and how much more there would have been."""

    touched: tuple[Touched, ...]
    left_out: int


@dataclass(slots=True)
class _Kept:
    """A question that stands for those like it."""

    touched: Touched
    vector: Any
    alike: int = 0


def find(article: Article, draft: Revision) -> Found:
    """Return the golden examples and past questions that the draft touches."""
    embedder = Remembering(current_embedder())
    examples = _examples(article, draft, embedder)
    past = _distinct(_turns(article, draft, embedder), embedder)
    most_examples, most = settings.CHANGES_EXAMPLES, settings.CHANGES_QUESTIONS
    chosen = (*examples[:most_examples], *past[:most])
    return Found(chosen, len(examples) + len(past) - len(chosen))


def is_any(article: Article, draft: Revision) -> bool:
    """Say, quickly, whether there is anything to replay."""
    if _naming(article).exists() or _citing(article).exists():
        return True
    recent = [of_turn(each) for each in _others(article)[:COMPARED_AT_THE_DOOR]]
    found = _brought(
        recent, article, draft, Remembering(current_embedder()), most=SEARCHED_AT_THE_DOOR
    )
    return next(found, None) is not None


def _naming(article: Article) -> QuerySet[Example]:
    golden = datasets.golden(article.workspace)
    return golden.current.filter(articles__contains=[article.slug])


def _examples(article: Article, draft: Revision, embedder: Remembering) -> list[Touched]:
    """Return the golden examples: those that name the article first."""
    current = datasets.golden(article.workspace).current
    naming = [_example(each, article) for each in _naming(article)]
    others = current.exclude(articles__contains=[article.slug])
    rest = [_example(each, article) for each in others]
    most = settings.CHANGES_EXAMPLES
    return [*naming, *_brought(rest, article, draft, embedder, most=most)]


def _example(example: Example, article: Article) -> Touched:
    question = answering_examples.question_of(example, article.workspace)
    return Touched(question, example=example)


def _asking(article: Article) -> QuerySet[Turn]:
    """Return the workspace's questions that were answered or honestly declined, newest first."""
    return (
        Turn.objects.filter(
            conversation__workspace=article.workspace_id,
            conversation__deleted_at=None,
            superseded_by=None,
            state=Turn.State.ANSWERED,
            outcome__in=OUTCOMES,
        )
        .select_related("conversation__workspace")
        .order_by("-created_at")
    )


def _citing(article: Article) -> QuerySet[Turn]:
    return _asking(article).filter(citations__article=article).distinct()


def _others(article: Article) -> QuerySet[Turn]:
    return _asking(article).exclude(citations__article=article)


def _turns(article: Article, draft: Revision, embedder: Remembering) -> list[Touched]:
    citing = [of_turn(each) for each in _citing(article)[:CITING]]
    recent = [of_turn(each) for each in _others(article)[:COMPARED]]
    brought = _brought(recent, article, draft, embedder, most=SEARCHED)
    return sorted([*citing, *brought], key=_when, reverse=True)


def _when(touched: Touched) -> datetime:
    assert touched.turn is not None
    return touched.turn.created_at


def of_turn(turn: Turn) -> Touched:
    """Return a turn's question, with what was said before it."""
    # As a question alone: whoever asked, no tool runs on their behalf.
    return Touched(replace(question_of(turn), caller=None), turn=turn)


def _brought(
    candidates: Sequence[Touched],
    article: Article,
    draft: Revision,
    embedder: Remembering,
    *,
    most: int,
) -> Iterator[Touched]:
    """Yield those for which the draft's own passages would be evidence, the nearest first."""
    for each in _nearest(candidates, article, draft, embedder)[:most]:
        scope, query = each.question.scope, searching.query(each.question)
        if drafts.search(query, scope, article, draft, embedder=embedder).brings_draft:
            yield each


def _nearest(
    candidates: Sequence[Touched], article: Article, draft: Revision, embedder: Remembering
) -> list[Touched]:
    made = passages.of(draft, article, 0)
    if not candidates or not made:
        return []
    try:
        asked = embedder.embed([each.question.text for each in candidates])
        wholes = text_vectors.embed([each.embedded for each in made], embedder)
    except EmbeddingUnavailable:
        return []
    near = (asked @ np.stack([each.whole for each in wholes]).T).max(axis=1)
    order = np.argsort(-near, kind="stable")
    return [candidates[place] for place in order if near[place] >= NEAR]


def _distinct(asked: Sequence[Touched], embedder: Remembering) -> list[Touched]:
    """Keep the first of those that ask the same; inside a conversation only equals do."""
    try:
        vectors = embedder.embed([each.question.text for each in asked])
    except EmbeddingUnavailable:
        vectors = np.eye(len(asked), dtype=np.float32)
    kept: list[_Kept] = []
    for each, vector in zip(asked, vectors, strict=True):
        like = next((other for other in kept if _is_same(each, vector, other)), None)
        if like is None:
            kept.append(_Kept(each, vector))
        else:
            like.alike += 1
    return [replace(each.touched, alike=each.alike) for each in kept]


def _is_same(one: Touched, vector: Any, other: _Kept) -> bool:
    mine, theirs = one.question, other.touched.question
    if mine.scope != theirs.scope or mine.context != theirs.context:
        return False
    if mine.text.casefold() == theirs.text.casefold():
        return True
    if mine.context or float(vector @ other.vector) < SAME:
        return False
    language = mine.language
    return not difference(worded(mine.text, language), worded(theirs.text, language))

"""Approved answers as examples for the prompt: taken up by a review, chosen over all topics.

Only what rests on public articles that still say what they said, and holds no personal data. An
example shows how to answer; it is never evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import transaction

from supportapp.answering.models import AnswerExample, Setup
from supportapp.answering.prompting import MOST_EXAMPLES, Prompt, ShownExample
from supportapp.guardrails import personal
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Audience, Revision
from supportapp.llm.errors import EmbeddingUnavailable

LONGEST = 700
# What examples may take of a prompt that has room for so many characters of evidence.
SHARE_OF_PROMPT = 0.25
# Of the newest so many the prompt's are chosen.
POOL = 200


@dataclass(frozen=True, slots=True)
class Approved:
    """An answer that a reviewer called good, and the revisions that it cites."""

    question: str
    answer: str
    language: str
    revisions: tuple[int, ...]
    turn_id: UUID


def approve(workspace_id: int, approved: Approved) -> AnswerExample | None:
    """Keep an answer as an example; None where it can't be one."""
    subject = _subject(approved)
    if subject is None or not _is_fit(approved):
        return None
    with transaction.atomic():
        example, _ = AnswerExample.objects.update_or_create(
            turn_id=approved.turn_id,
            workspace_id=workspace_id,
            defaults={
                "question": approved.question.strip(),
                "answer": approved.answer.strip(),
                "language": approved.language,
                "subject": subject[:120],
                "revisions": sorted(set(approved.revisions)),
                "vector": _vector(approved.question),
                "is_used": True,
            },
        )
        Setup.raise_generation(workspace_id)
    return example


def withdraw(turn_id: UUID) -> None:
    """Take back an approval."""
    with transaction.atomic():
        for example in AnswerExample.objects.filter(turn=turn_id):
            Setup.raise_generation(example.workspace_id)
            example.delete()


def switch(example: AnswerExample, *, is_used: bool) -> None:
    """Show an example to models, or don't."""
    with transaction.atomic():
        AnswerExample.objects.filter(pk=example.pk).update(is_used=is_used)
        Setup.raise_generation(example.workspace_id)


def choose(workspace_id: int) -> tuple[ShownExample, ...]:
    """Return the examples that prompts show now: spread over topics, within their share."""
    rows = list(
        AnswerExample.objects.filter(workspace=workspace_id, is_used=True).order_by("-pk")[:POOL]
    )
    published = set(
        Article.objects.filter(
            workspace=workspace_id,
            audience=Audience.PUBLIC,
            published__in={number for row in rows for number in row.revisions},
        ).values_list("published", flat=True)
    )
    fit = [row for row in rows if set(row.revisions) <= published]
    budget = int(settings.ANSWERING_PROMPT_CHARACTERS * SHARE_OF_PROMPT)
    chosen: list[ShownExample] = []
    for language in sorted({row.language for row in fit}):
        same = [row for row in fit if row.language == language]
        chosen += _within(spread(same, MOST_EXAMPLES), budget)
    return tuple(chosen)


def added(prompt: Prompt, shown: tuple[ShownExample, ...]) -> Prompt:
    """Return the prompt with examples."""
    return replace(prompt, examples=shown)


def spread(rows: Sequence[AnswerExample], most: int) -> list[AnswerExample]:
    """Choose rows that are unlike each other: other subjects first, then the farthest vectors."""
    left, chosen = list(rows), list[AnswerExample]()
    while left and len(chosen) < most:
        subjects = {row.subject for row in chosen}
        best = min(
            left, key=lambda row: (row.subject in subjects, _nearest(row, chosen), left.index(row))
        )
        left.remove(best)
        chosen.append(best)
    return chosen


def _nearest(row: AnswerExample, chosen: Sequence[AnswerExample]) -> float:
    """How near the nearest of the chosen is: 1 is the same question."""
    return max((_cosine(row.vector, other.vector) for other in chosen), default=0.0)


def _cosine(one: Sequence[float] | None, other: Sequence[float] | None) -> float:
    if not one or not other or len(one) != len(other):
        return 0.0
    return sum(a * b for a, b in zip(one, other, strict=True))


def _within(rows: Sequence[AnswerExample], budget: int) -> list[ShownExample]:
    kept: list[ShownExample] = []
    for row in rows:
        budget -= len(row.question) + len(row.answer)
        if budget < 0:
            break
        kept.append(ShownExample(row.question, row.answer, row.language))
    return kept


def _is_fit(approved: Approved) -> bool:
    text = f"{approved.question}\n{approved.answer}"
    return (
        bool(approved.question.strip() and approved.answer.strip())
        and len(text) <= LONGEST
        and not personal.find(text)
    )


def _subject(approved: Approved) -> str | None:
    """Return what the answer's first article is about; None where not everyone may read them."""
    revisions = Revision.objects.filter(pk__in=approved.revisions).select_related("article")
    articles = {each.pk: each.article for each in revisions}
    if not articles or any(each.audience != Audience.PUBLIC for each in articles.values()):
        return None
    first = articles.get(approved.revisions[0]) or next(iter(articles.values()))
    return first.subject or first.title


def _vector(text: str) -> list[float] | None:
    try:
        return [float(value) for value in current_embedder().embed([text])[0]]
    except EmbeddingUnavailable:
        return None

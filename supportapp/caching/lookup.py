"""Find the answer that was given before, if this question has the same one.

One statement finds the nearest remembered questions and, in the same snapshot, whether each still
counts: its workspace's generation is the one at which it was confirmed, and every passage that it
rests on is live and for the asker's audiences.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from supportapp.caching import knobs, likeness, reading
from supportapp.caching.likeness import Match, Neighbour
from supportapp.caching.models import RememberedAnswer, RememberedPassage
from supportapp.caching.reading import Read
from supportapp.caching.values import MemoryQuery, Miss, Remembered, RememberedSource

State = RememberedAnswer.State
# Words are counted anew after so many seconds.
COUNTS_SECONDS = 60.0
_ANSWERS = RememberedAnswer._meta.db_table
_PASSAGES = RememberedPassage._meta.db_table

_NEAREST = f"""
WITH near AS MATERIALIZED (
    SELECT r.id, r.question, r.passage_count, r.approved_at IS NOT NULL AS is_approved,
           1 - (r.vector <=> %(vector)s::vector) AS cosine
    FROM {_ANSWERS} r JOIN knowledge_workspace w ON w.id = r.workspace_id
    WHERE r.workspace_id = %(workspace)s AND r.language = %(language)s
      AND r.audiences = %(audiences)s::varchar[] AND r.state = 'live'
      AND r.embedding_model_id = %(model)s AND r.generation = w.generation
      AND CASE WHEN r.approved_at IS NULL THEN r.recipe = %(recipe)s AND r.created_at > %(since)s
               ELSE r.review_by IS NULL OR r.review_by >= %(today)s END
    ORDER BY r.vector <=> %(vector)s::vector LIMIT {likeness.NEIGHBOURS}
)
SELECT n.id, n.question, n.is_approved, n.cosine, held.main
FROM near n, LATERAL (
    SELECT count(*) AS live, (array_agg(p.article_id ORDER BY x.number NULLS LAST))[1] AS main
    FROM {_PASSAGES} x JOIN knowledge_passage p ON p.id = x.passage_id
    WHERE x.remembered_id = n.id AND p.generation_removed IS NULL
      AND p.generation_added = x.generation AND p.workspace_id = %(workspace)s
      AND p.audience = ANY(%(audiences)s)
) held
WHERE held.live = n.passage_count
ORDER BY n.cosine DESC
"""  # noqa: S608  (names of our tables)
_COUNT = f"""
SELECT word, count(*) FROM {_ANSWERS} r, unnest(r.words) AS word
WHERE r.workspace_id = %s AND r.state = 'live' GROUP BY word
"""  # noqa: S608  (name of our table)


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    question: str
    is_approved: bool
    cosine: float
    # The article that the answer rests on first: those that share it count as one answer.
    main: int


def find(query: MemoryQuery) -> Remembered | Miss:
    """Return the remembered answer to serve, an approved one first; or why there is none."""
    counts = knobs.of(query.scope.workspace_id)
    if not counts.is_on:
        return Miss("off")
    if not _any(query):
        return Miss("empty")
    read = reading.read(query.question, query.scope.workspace_id, query.language)
    if read is None:
        return Miss("no_vector")
    rows = _nearest(query, read)
    if not rows:
        return Miss("empty")
    chosen = _chosen(query, read, rows, counts.threshold)
    if isinstance(chosen, Miss):
        return chosen
    return _served(chosen, {row.id: row for row in rows}[chosen.neighbour.key], counts.threshold)


_filled: dict[tuple[int, str], float] = {}


def _any(query: MemoryQuery) -> bool:
    """Return whether it is worth reading the question; where it was just now, it still is."""
    key = (query.scope.workspace_id, query.language)
    if _filled.get(key, 0.0) > time.monotonic():
        return True
    live = RememberedAnswer.objects.filter(
        workspace=query.scope.workspace_id, language=query.language, state=State.LIVE
    )
    if not live.exists():
        return False
    _filled[key] = time.monotonic() + COUNTS_SECONDS
    return True


def _nearest(query: MemoryQuery, read: Read) -> list[_Row]:
    now = timezone.now()
    parameters: dict[str, str | int | list[str] | date | datetime] = {
        "vector": reading.written(read.vector),
        "workspace": query.scope.workspace_id,
        "language": query.language,
        "audiences": sorted(query.scope.audiences),
        "model": read.model_id,
        "recipe": query.recipe,
        "since": now - timedelta(days=settings.CACHE_DAYS),
        "today": timezone.localdate(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, parameters)
        return [_Row(*row) for row in cursor.fetchall()]


def _chosen(query: MemoryQuery, read: Read, rows: Sequence[_Row], threshold: float) -> Match | Miss:
    """Return what fits well enough, what people approved before what a model wrote."""
    neighbours = [
        Neighbour(row.id, reading.worded(row.question, query.language), row.cosine, row.main)
        for row in rows
    ]
    matches = likeness.ranked(read.wording, neighbours, rarity(query.scope.workspace_id))
    approved = {row.id for row in rows if row.is_approved}
    fitting = [each for each in matches if not each.difference and each.likeness >= threshold]
    if not fitting:
        best = matches[0]
        return Miss(best.difference or "unlike", best.likeness)
    return next((each for each in fitting if each.neighbour.key in approved), fitting[0])


def _served(match: Match, row: _Row, threshold: float) -> Remembered | Miss:
    found = RememberedAnswer.objects.filter(pk=row.id).first()
    if found is None:
        return Miss("gone")
    RememberedAnswer.objects.filter(pk=row.id).update(
        served=F("served") + 1, last_served_at=timezone.now()
    )
    return Remembered(
        id=found.pk,
        question=found.question,
        answer=found.answer,
        kind=found.kind,
        model=found.model,
        sources=sources(found),
        suggestions=tuple(found.suggestions),
        is_approved=found.is_approved,
        likeness=match.likeness,
        cosine=row.cosine,
        threshold=threshold,
        agreement=match.agreement,
        generation=found.generation,
        approved_on=found.approved_at.date() if found.approved_at else None,
    )


def sources(found: RememberedAnswer) -> tuple[RememberedSource, ...]:
    """Return the passages that an answer cites, in the order of their numbers."""
    cited = found.passages.filter(number__isnull=False).select_related("passage__article")
    return tuple(
        RememberedSource(
            number=each.number or 0,
            passage_id=each.passage_id,
            revision_id=each.passage.revision_id,
            article_id=each.passage.article_id,
            slug=each.passage.article.slug,
            title=each.passage.title,
            headings=tuple(each.passage.headings),
            quote=each.quote,
        )
        for each in cited.order_by("number")
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    holders: dict[str, int]
    total: int
    until: float


_counts: dict[int, _Counts] = {}
_counting = threading.Lock()


def rarity(workspace_id: int) -> likeness.Rarity:
    """Return how rare words are among the workspace's remembered questions, as of a minute ago."""
    known = _counts.get(workspace_id)
    if known is None or known.until < time.monotonic():
        with _counting:
            known = _counted(workspace_id)
            _counts[workspace_id] = known
    holders = known.holders
    return likeness.rarity_among(lambda word: holders.get(word, 0), known.total)


def forget_counts(workspace_id: int) -> None:
    """Count words anew at the next question."""
    _counts.pop(workspace_id, None)


def _counted(workspace_id: int) -> _Counts:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [workspace_id])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    live = RememberedAnswer.objects.filter(workspace=workspace_id, state=State.LIVE).count()
    return _Counts(dict(rows), live, time.monotonic() + COUNTS_SECONDS)

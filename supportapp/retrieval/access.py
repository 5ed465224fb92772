"""Candidates become evidence here and nowhere else: the database has the last word.

Whatever the indexes believe, only passages that are live, in the scope's workspace and for one of
its audiences are handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import connection

from supportapp.knowledge.models import Passage
from supportapp.retrieval.values import Candidate, Evidence, Limits, Scope

_READABLE = """
SELECT p.id, p.revision_id, p.article_id, a.slug, p.title, p.headings, p.text
FROM knowledge_passage p JOIN knowledge_article a ON a.id = p.article_id
WHERE p.id = ANY(%s) AND p.generation_removed IS NULL AND p.workspace_id = %s
  AND p.audience = ANY(%s)
"""
_SPARE = 3


def evidence(
    candidates: Sequence[Candidate],
    scope: Scope,
    limits: Limits,
    unpublished: Sequence[Passage] = (),
) -> tuple[Evidence, ...]:
    """Return the best candidates that this scope may read, numbered from 1.

    `unpublished` are passages of a draft that staff try, which no table holds.
    """
    drafts = {each.pk: _row(each) for each in unpublished if each.audience in scope.audiences}
    chosen: list[Evidence] = []
    from_article: Counter[int] = Counter()
    step = limits.evidence * _SPARE
    for start in range(0, len(candidates), step):
        part = candidates[start : start + step]
        rows = drafts | _readable([candidate.passage_id for candidate in part], scope)
        for candidate in part:
            row = rows.get(candidate.passage_id)
            if row is None or from_article[row[2]] >= limits.per_article:
                continue
            from_article[row[2]] += 1
            chosen.append(_evidence(len(chosen) + 1, candidate, row))
            if len(chosen) == limits.evidence:
                return tuple(chosen)
    return tuple(chosen)


_Row = tuple[int, int, int, str, str, list[str], str]


def _readable(passages: Sequence[int], scope: Scope) -> dict[int, _Row]:
    with connection.cursor() as cursor:
        cursor.execute(_READABLE, [list(passages), scope.workspace_id, sorted(scope.audiences)])
        return {row[0]: row for row in cursor.fetchall()}


def _row(passage: Passage) -> _Row:
    return (
        passage.pk,
        passage.revision_id,
        passage.article_id,
        passage.article.slug,
        passage.title,
        passage.headings,
        passage.text,
    )


def _evidence(number: int, candidate: Candidate, row: _Row) -> Evidence:
    passage, revision, article, slug, title, headings, text = row
    return Evidence(
        number=number,
        passage_id=passage,
        revision_id=revision,
        article_id=article,
        slug=slug,
        title=title,
        headings=tuple(headings),
        text=text,
        score=candidate.fused_score,
    )

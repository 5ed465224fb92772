"""Candidates become evidence here and nowhere else: the database has the last word.

Whatever the indexes believe, only passages that are live, in the scope's workspace and for one of
its audiences are handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from supportapp.knowledge.models import Passage
from supportapp.retrieval.values import Candidate, Evidence, Limits, Scope

_FIELDS = (
    "pk", "revision_id", "article_id", "article__slug", "title", "headings", "text",
)  # fmt: skip
_SPARE = 3


def evidence(candidates: Sequence[Candidate], scope: Scope, limits: Limits) -> tuple[Evidence, ...]:
    """Return the best candidates that this scope may read, numbered from 1."""
    chosen: list[Evidence] = []
    from_article: Counter[int] = Counter()
    step = limits.evidence * _SPARE
    for start in range(0, len(candidates), step):
        part = candidates[start : start + step]
        rows = _readable([candidate.passage_id for candidate in part], scope)
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
    rows = Passage.objects.filter(
        pk__in=passages,
        generation_removed__isnull=True,
        workspace=scope.workspace_id,
        audience__in=scope.audiences,
    ).values_list(*_FIELDS)
    return {row[0]: row for row in rows}


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

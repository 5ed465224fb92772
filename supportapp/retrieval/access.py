"""Candidates become evidence here and nowhere else: the database has the last word.

Whatever the indexes believe, only passages that are live, in the scope's workspace and for one of
its audiences are handed on. In the round trip that asks for the leading ones it also says how near
the question their single lines are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from supportapp.knowledge.models import Passage
from supportapp.retrieval import statements
from supportapp.retrieval.fusion import NEAREST_LINES
from supportapp.retrieval.values import Candidate, Evidence, Limits, Scope
from supportapp.retrieval.vector import VectorSpace, written

_READABLE = """
SELECT p.id, p.revision_id, p.article_id, a.slug, p.title, p.headings, p.text
FROM knowledge_passage p JOIN knowledge_article a ON a.id = p.article_id
WHERE p.id = ANY(%(passages)s) AND p.generation_removed IS NULL
  AND p.workspace_id = %(workspace)s AND p.audience = ANY(%(audiences)s)
"""
_WITH_LINES = f"""
WITH question AS MATERIALIZED (SELECT %(vector)s::halfvec({{dimension}}) AS v)
SELECT p.id, p.revision_id, p.article_id, a.slug, p.title, p.headings, p.text, (
    SELECT avg(distance) FROM (
        SELECT line <=> (SELECT v FROM question) AS distance FROM unnest(e.lines) line
        ORDER BY 1 LIMIT {NEAREST_LINES}
    ) nearest
)
FROM knowledge_passage p JOIN knowledge_article a ON a.id = p.article_id
LEFT JOIN knowledge_passageembedding e ON e.passage_id = p.id AND e.model_id = %(model)s
WHERE p.id = ANY(%(passages)s) AND p.generation_removed IS NULL
  AND p.workspace_id = %(workspace)s AND p.audience = ANY(%(audiences)s)
"""  # noqa: S608  (a number of ours)
_SPARE = 3
_Row = tuple[int, int, int, str, str, list[str], str]


@dataclass(frozen=True, slots=True)
class Read:
    """What the database said of the passages asked about: those that may be read, and how near
    the question the nearest lines are of those that have some."""

    asked: frozenset[int] = frozenset()
    rows: dict[int, _Row] = field(default_factory=dict)
    lines: dict[int, float] = field(default_factory=dict)


NOTHING_READ = Read()


def read(
    passages: Sequence[int], scope: Scope, question: NDArray[np.float32], space: VectorSpace
) -> Read:
    """Read passages, and compare their lines with the question."""
    if not passages:
        return NOTHING_READ
    values = _values(passages, scope) | {"vector": written(question), "model": space.model_id}
    found = statements.rows(_WITH_LINES.format(dimension=space.dimension), values)
    return Read(
        asked=frozenset(passages),
        rows={row[0]: row[:7] for row in found},
        lines={row[0]: 1.0 - row[7] for row in found if row[7] is not None},
    )


def evidence(
    candidates: Sequence[Candidate],
    scope: Scope,
    limits: Limits,
    unpublished: Sequence[Passage] = (),
    known: Read = NOTHING_READ,
) -> tuple[Evidence, ...]:
    """Return the best candidates that this scope may read, numbered from 1.

    `unpublished` are passages of a draft that staff try, which no table holds; `known` is what
    this search has read already.
    """
    drafts = {each.pk: _row(each) for each in unpublished if each.audience in scope.audiences}
    chosen: list[Evidence] = []
    from_article: Counter[int] = Counter()
    step = limits.evidence * _SPARE
    for start in range(0, len(candidates), step):
        part = candidates[start : start + step]
        unread = [each.passage_id for each in part if each.passage_id not in known.asked]
        rows = drafts | known.rows | (_readable(unread, scope) if unread else {})
        for candidate in part:
            row = rows.get(candidate.passage_id)
            if row is None or from_article[row[2]] >= limits.per_article:
                continue
            from_article[row[2]] += 1
            chosen.append(_evidence(len(chosen) + 1, candidate, row))
            if len(chosen) == limits.evidence:
                return tuple(chosen)
    return tuple(chosen)


def _readable(passages: Sequence[int], scope: Scope) -> dict[int, _Row]:
    return {row[0]: row for row in statements.rows(_READABLE, _values(passages, scope))}


def _values(passages: Sequence[int], scope: Scope) -> dict[str, object]:
    return {
        "passages": list(passages),
        "workspace": scope.workspace_id,
        "audiences": sorted(scope.audiences),
    }


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

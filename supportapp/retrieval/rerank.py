"""Let a slower reader order the best candidates once more, within a deadline.

It reads only what the scope may read, and it is a luxury: whatever goes wrong with it, or takes
too long, the fused order stands, and the result says that it does.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, replace

from django.db import connection

from supportapp.llm.errors import ModelError, ModelProtocolError, ModelTimeout
from supportapp.llm.protocols import Reranker
from supportapp.retrieval.ranking import Ranking
from supportapp.retrieval.values import RERANK, Candidate, Scope, SearchQuery

logger = logging.getLogger(__name__)
_READERS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="rerank")
_READABLE = """
SELECT id, title, headings, text FROM knowledge_passage
WHERE id = ANY(%s) AND generation_removed IS NULL AND workspace_id = %s AND audience = ANY(%s)
"""
LONGEST_TEXT = 2000
# What was said before is read along, for a follow-up question alone says little.
TURNS = 3
LONGEST_TURN = 300


@dataclass(frozen=True, slots=True)
class Reranking:
    """Who reads the best candidates, how many of them, and how long it may take in seconds."""

    reranker: Reranker
    top_n: int
    deadline: float


def reordered(
    ranking: Ranking, query: SearchQuery, scope: Scope, reranking: Reranking | None
) -> tuple[Ranking, frozenset[str]]:
    """Return the ranking with its best candidates in the reader's order, and what was lacking."""
    if reranking is None:
        return ranking, frozenset()
    texts = _texts(ranking.candidates[: reranking.top_n], scope)
    if len(texts) < 2:
        return ranking, frozenset()
    try:
        scores = _scores(reranking, asked(query), list(texts.values()))
    except ModelError as error:
        fields = {"error": error.code, "reason": error.reason}
        logger.warning("rerank.failed", extra={"fields": fields})
        return ranking, frozenset({RERANK})
    return _applied(ranking, dict(zip(texts, scores, strict=True))), frozenset()


def asked(query: SearchQuery) -> str:
    """Return the question as the reader gets it: after what the customer said before."""
    said = [each.text[:LONGEST_TURN] for each in query.context if each.speaker == "U"]
    return "\n".join((*said[-TURNS:], query.text))


def _scores(reranking: Reranking, question: str, texts: Sequence[str]) -> Sequence[float]:
    reading = _READERS.submit(reranking.reranker.rerank, question, texts)
    try:
        scores = reading.result(reranking.deadline)
    except NotInTime:
        reading.cancel()
        raise ModelTimeout("deadline") from None
    if len(scores) != len(texts) or any(math.isnan(score) for score in scores):
        raise ModelProtocolError("wrong_scores")
    return scores


def _texts(candidates: Sequence[Candidate], scope: Scope) -> dict[int, str]:
    """Return what the scope may read of the candidates, in their order."""
    passages = [each.passage_id for each in candidates]
    with connection.cursor() as cursor:
        cursor.execute(_READABLE, [passages, scope.workspace_id, sorted(scope.audiences)])
        rows = {row[0]: row for row in cursor.fetchall()}
    return {passage: _text(*rows[passage]) for passage in passages if passage in rows}


def _text(passage: int, title: str, headings: Sequence[str], text: str) -> str:
    return f"{' › '.join((title, *headings))}\n{text}"[:LONGEST_TEXT]


def _applied(ranking: Ranking, scores: dict[int, float]) -> Ranking:
    """Put what was read first, by its score; equals and the rest stay in the fused order."""
    candidates = ranking.candidates

    def key(place: int) -> tuple[bool, float]:
        score = scores.get(candidates[place].passage_id)
        return (score is None, 0.0 if score is None else -score)

    order = sorted(range(len(candidates)), key=key)
    return replace(
        ranking,
        candidates=tuple(
            _reranked(candidates[place], rank, scores) for rank, place in enumerate(order, start=1)
        ),
        places=tuple(ranking.places[place] for place in order),
    )


def _reranked(candidate: Candidate, rank: int, scores: dict[int, float]) -> Candidate:
    score = scores.get(candidate.passage_id)
    if score is None:
        return candidate
    return candidate._replace(
        rerank_rank=rank, rerank_score=score if math.isfinite(score) else None
    )

"""What an answer was made of: ids, numbers and versions, never text. Pure."""

from __future__ import annotations

from typing import Any

from supportapp.answering.guardrails import Verdict
from supportapp.answering.values import Answer
from supportapp.retrieval.values import SearchResult

CANDIDATES = 20


def receipt(answer: Answer, found: SearchResult, verdict: Verdict) -> dict[str, Any]:
    """Return what is stored with the answer; plain JSON, stable keys."""
    return {
        **answer.receipt,
        "generation": found.generation,
        "confidence": round(found.confidence, 4),
        "degraded": sorted(found.degraded),
        "guardrails": [verdict.code] if verdict.code else [],
        "evidence": [
            {
                "number": each.number,
                "passage": each.passage_id,
                "revision": each.revision_id,
                "article": each.article_id,
                "slug": each.slug,
                "score": round(each.score, 4),
            }
            for each in found.evidence
        ],
        "candidates": [
            {
                "passage": each.passage_id,
                "keyword_rank": each.keyword_rank,
                "keyword_score": round(each.keyword_score, 4),
                "vector_rank": each.vector_rank,
                "vector_score": None if each.vector_score is None else round(each.vector_score, 4),
                "fused_score": round(each.fused_score, 4),
            }
            for each in found.candidates[:CANDIDATES]
        ],
        "search_ms": {name: round(value, 2) for name, value in found.milliseconds.items()},
        "prompt": None
        if answer.prompt is None
        else {
            "name": answer.prompt.name,
            "version": answer.prompt.version,
            "sha256": answer.prompt.sha256,
        },
        "model": answer.model,
        "kind": answer.kind.value if answer.kind else "",
        "outcome": answer.outcome.value,
    }

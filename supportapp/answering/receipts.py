"""What an answer was made of: ids, numbers and versions, never text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportapp.answering.values import Answer
from supportapp.guardrails.watching import Watch
from supportapp.retrieval.values import Candidate, Evidence, SearchResult

CANDIDATES = 20


def receipt(answer: Answer, found: SearchResult, watch: Watch | None) -> dict[str, Any]:
    """Return what is stored with the answer; plain JSON, stable keys."""
    prompt = answer.prompt
    return {
        **answer.receipt,
        "generation": found.generation,
        "confidence": round(found.confidence, 4),
        "degraded": sorted(found.degraded),
        **guarded(watch),
        "evidence": [_evidence(each) for each in found.evidence],
        "candidates": [_candidate(each) for each in found.candidates[:CANDIDATES]],
        "search_ms": {name: round(value, 2) for name, value in found.milliseconds.items()},
        "prompt": None
        if prompt is None
        else {"name": prompt.name, "version": prompt.version, "sha256": prompt.sha256},
        "model": answer.model,
        "kind": answer.kind.value if answer.kind else "",
        "outcome": answer.outcome.value,
    }


def guarded(watch: Watch | None) -> dict[str, Any]:
    """Return what guards saw: each code once, and each guard's doings with their count."""
    if watch is None:
        return {"guardrails": [], "guards": []}
    return {"guardrails": watch.noted.codes(), "guards": watch.noted.as_json()}


def noted_evidence(noted: Mapping[str, Any]) -> list[int]:
    """Return the passages that a stored receipt names as evidence."""
    return [each["passage"] for each in noted.get("evidence") or () if each["passage"] > 0]


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "number": evidence.number,
        "passage": evidence.passage_id,
        "revision": evidence.revision_id,
        "article": evidence.article_id,
        "slug": evidence.slug,
        "score": round(evidence.score, 4),
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    nearness = candidate.vector_score
    return {
        "passage": candidate.passage_id,
        "keyword_rank": candidate.keyword_rank,
        "keyword_score": round(candidate.keyword_score, 4),
        "vector_rank": candidate.vector_rank,
        "vector_score": None if nearness is None else round(nearness, 4),
        "fused_score": round(candidate.fused_score, 4),
        **_reranked(candidate),
    }


def _reranked(candidate: Candidate) -> dict[str, Any]:
    """Return the reranker's place and score, where one read the passage."""
    if candidate.rerank_rank is None:
        return {}
    score = candidate.rerank_score
    return {
        "rerank_rank": candidate.rerank_rank,
        "rerank_score": None if score is None else round(score, 4),
    }

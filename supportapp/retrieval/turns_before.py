"""The turns before a question: which of them count, and how much their words weigh. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from supportapp.retrieval.analysis import weighted
from supportapp.retrieval.values import SearchQuery, Utterance

CONTEXT_FADING = 0.6


def fading(query: SearchQuery, turns: int) -> list[tuple[Utterance, float]]:
    """Return the turns that count, the last one first; the longer ago, the less they weigh."""
    latest = list(reversed(query.context))[:turns]
    return [(said, CONTEXT_FADING**ago) for ago, said in enumerate(latest)]


def terms(query: SearchQuery, languages: Iterable[str], turns: int) -> dict[str, float]:
    """Return the terms of the turns before with their weights."""
    weights: dict[str, float] = {}
    read = list(languages)
    for utterance, factor in fading(query, turns):
        for term, weight in weighted(utterance.text, read, factor).items():
            weights[term] = max(weights.get(term, 0.0), weight)
    return weights

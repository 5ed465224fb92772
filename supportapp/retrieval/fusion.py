"""One score from what the indexes say about a passage. Pure.

    score = cosine + keyword * share of the best BM25 score
                   + context * share of the best BM25 score for the turns before
                   + focus   * strength of the passage's subject in the conversation

The cosine is taken with the question's vector moved towards that of the question read together
with what came before it: cosines are linear, so one vector search serves both readings.
The weights were chosen on the dev sets together, by cross-validation over conversations:
`bench/retrieval/fusion.py` makes them, docs/benchmarks.md has the gain of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.values import SearchQuery

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts beside the cosine, whose weight is one."""

    keyword: float = 0.12
    context: float = 0.1
    focus: float = 1.3
    earlier: float = 0.5
    # Without vectors, words alone are compared.
    unseen: float = 0.0


WEIGHTS = Weights()


def readings(query: SearchQuery) -> list[str]:
    """Return the texts to embed: the question, and the question after the turn before it."""
    if not query.context:
        return [query.text]
    return [query.text, f"{query.context[-1].text} {query.text}"]


def blend(vectors: NDArray[np.float32], weights: Weights = WEIGHTS) -> NDArray[np.float32]:
    """Return the one direction that stands for all readings."""
    mixed = vectors[0] + (weights.earlier * vectors[1] if len(vectors) > 1 else 0.0)
    length = float(np.linalg.norm(mixed))
    return np.asarray(mixed / length if length else mixed, dtype=np.float32)


def fuse(
    similarities: Sequence[float | None],
    keyword: Row,
    context: Row,
    focus: Row,
    weights: Weights = WEIGHTS,
) -> Row:
    """Return one score per passage. A passage without a vector yet counts as the least near."""
    known = [similarity for similarity in similarities if similarity is not None]
    least = min(known, default=0.0)
    cosine = np.array([least if value is None else value for value in similarities])
    return np.asarray(
        cosine + weights.keyword * keyword + weights.context * context + weights.focus * focus,
        dtype=np.float64,
    )


def order(passages: Sequence[int], scores: Row) -> list[int]:
    """Return the places of the passages, best first; equals by passage, so that order is steady."""
    return [int(place) for place in np.lexsort((np.asarray(passages), -scores))]

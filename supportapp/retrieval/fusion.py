"""One score from what the indexes say about a passage. Pure.

    score   = cosine + keyword * share of the best BM25 score
                     + context * share of the best BM25 score for the turns before
                     + focus   * strength of the passage's subject in the conversation
    fused   = score + article * mean of the article's best scores

The cosine is taken with the question's vector moved towards that of the question read together
with the conversation's opening, which says what it is about: cosines are linear, so one vector
search serves both readings. An article
that speaks of the question in several places is likelier to be about it than one that mentions it
once. The weights were set by hand on a plateau of all dev sets together; no command makes them yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.analysis import share_unspaced
from supportapp.retrieval.values import SearchQuery
from supportapp.retrieval.view import Signals

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts beside the cosine, whose weight is one."""

    keyword: float = 0.15
    context: float = 0.15
    focus: float = 1.0
    opening: float = 0.3
    article: float = 0.3
    article_passages: int = 3
    # The local embedder hardly reads scripts written without spaces; there, words lead.
    keyword_unspaced: float = 1.0


WEIGHTS = Weights()


def readings(query: SearchQuery) -> list[str]:
    """Return the texts to embed: the question, and the question after the opening turn."""
    if not query.context:
        return [query.text]
    return [query.text, f"{query.context[0].text} {query.text}"]


def blend(vectors: NDArray[np.float32], weights: Weights = WEIGHTS) -> NDArray[np.float32]:
    """Return the one direction that stands for all readings."""
    mixed = vectors[0] + (weights.opening * vectors[1] if len(vectors) > 1 else 0.0)
    length = float(np.linalg.norm(mixed))
    return np.asarray(mixed / length if length else mixed, dtype=np.float32)


def keyword_weight(question: str, weights: Weights = WEIGHTS) -> float:
    """Return the weight of words for a question, by its script."""
    share = share_unspaced(question)
    return weights.keyword + share * (weights.keyword_unspaced - weights.keyword)


@dataclass(frozen=True, slots=True)
class Parts:
    """What each part adds to the fused score, by its name; one row a passage."""

    named: Mapping[str, Row]

    @property
    def scores(self) -> Row:
        """Return the fused scores: the parts, added up in their order."""
        return reduce(np.add, self.named.values())

    def of(self, place: int) -> dict[str, float]:
        """Return what each part adds to one passage's score."""
        return {name: float(row[place]) for name, row in self.named.items()}


def fuse(
    similarities: Sequence[float | None],
    signals: Signals,
    question: str,
    weights: Weights = WEIGHTS,
) -> Row:
    """Return one score per passage."""
    return parts(similarities, signals, question, weights).scores


def parts(
    similarities: Sequence[float | None],
    signals: Signals,
    question: str,
    weights: Weights = WEIGHTS,
) -> Parts:
    """Return what makes up each passage's score.

    A passage without a vector yet counts as the least near.
    """
    known = [similarity for similarity in similarities if similarity is not None]
    least = min(known, default=0.0)
    own = {
        "cosine": np.array([least if value is None else value for value in similarities]),
        "keyword": keyword_weight(question, weights) * signals.keyword,
        "context": weights.context * signals.context,
        "focus": weights.focus * signals.focus,
    }
    support = _support(Parts(own).scores, signals, weights.article_passages)
    return Parts(own | {"article": weights.article * support})


def _support(scores: Row, signals: Signals, most: int) -> Row:
    """Return, for each passage, the mean of its article's best scores.

    A passage of the article that wasn't proposed counts as the worst that was.
    """
    if not len(scores):
        return scores
    by_article: dict[int, list[int]] = defaultdict(list)
    for place in np.argsort(-scores, kind="stable").tolist():
        by_article[int(signals.articles[place])].append(place)
    least = float(scores.min())
    support = np.empty(len(scores))
    for places in by_article.values():
        count = min(most, max(int(signals.article_sizes[places[0]]), 1))
        best = scores[places[:count]]
        support[places] = (float(best.sum()) + least * (count - len(best))) / count
    return support


def order(passages: Sequence[int], scores: Row) -> list[int]:
    """Return the places of the passages, best first; equals by passage, so that order is steady."""
    return [int(place) for place in np.lexsort((np.asarray(passages), -scores))]

"""One score from what the indexes say about a passage. Pure.

    score   = cosine + keyword * share of the best BM25 score
                     + context * openness * share of the best BM25 score for the turns before
                     + focus   * strength of the passage's subject in the conversation
    fused   = score + article * mean of the article's best scores
                    + line    * how much nearer its nearest lines are than the whole, if clearly so

The cosine is taken with one vector: the question's, moved towards those of the question read
after the conversation's opening, which says what it is about, and after its last turn. Cosines
are linear, so one vector search serves all readings. Where the conversation names a subject that
articles have, the subject says what the turns before would have said: openness is one less that
subject's strength, so that they count the less.

A passage is near as a whole, or one of its lines or aliases is nearer yet, and says the very
thing that was asked; only the best passages' lines are looked at.

An article that speaks of the question in several places is likelier to be about it than one that
mentions it once. `python -m bench.retrieval.fusion` chooses and checks the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.analysis import share_unspaced
from supportapp.retrieval.values import SearchQuery
from supportapp.retrieval.view import Signals

Row = NDArray[np.float64]
# A long answer before the question would crowd the question out of what the embedder reads.
TURN_WORDS = 60
# One line may be near by chance; several that are say that the passage speaks of it.
NEAREST_LINES = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts beside the cosine, whose weight is one."""

    keyword: float = 0.15
    context: float = 0.1
    focus: float = 0.7
    # What a subject in full focus leaves of the turns before: one less this.
    closing: float = 0.8
    opening: float = 0.8
    last: float = 0.5
    article: float = 0.3
    article_passages: int = 3
    line: float = 0.8
    # So much nearer than the whole may be any part of it, whatever it says.
    line_lead: float = 0.05
    # The local embedder hardly reads scripts written without spaces; there, words lead.
    keyword_unspaced: float = 1.0


WEIGHTS = Weights()


def readings(query: SearchQuery) -> list[str]:
    """Return the texts to embed: the question alone, after the opening turn, after the last."""
    if not query.context:
        return [query.text]
    turns = (query.context[0].text, query.context[-1].text)
    before = dict.fromkeys(" ".join(turn.split()[:TURN_WORDS]) for turn in turns)
    return [query.text, *(f"{turn} {query.text}" for turn in before)]


def openness(strongest: float, weights: Weights = WEIGHTS) -> float:
    """Return how much the turns before count beside the strongest subject in focus."""
    return 1.0 - weights.closing * strongest


def blend(
    vectors: NDArray[np.float32],
    strongest: float = 0.0,
    weights: Weights = WEIGHTS,
) -> NDArray[np.float32]:
    """Return the one direction that stands for all readings, in their order."""
    counts = shares(len(vectors), strongest, weights)
    mixed: NDArray[np.float32] = _unit(np.asarray(counts, dtype=np.float32)[None] @ vectors)[0]
    return mixed


def shares(count: int, strongest: float, weights: Weights = WEIGHTS) -> list[float]:
    """Return how much each of so many readings counts, in their order."""
    if count == 1:
        return [1.0]
    # With one turn before, the opening is the last turn.
    both = _gathered([weights.opening, weights.last], count - 1)
    return [1.0, *(openness(strongest, weights) * share for share in both)]


def _gathered(shares: Sequence[float], count: int) -> list[float]:
    return list(shares) if count == len(shares) else [sum(shares)]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


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


def parts(
    similarities: Sequence[float | None],
    signals: Signals,
    question: str,
    strongest: float = 0.0,
    weights: Weights = WEIGHTS,
) -> Parts:
    """Return what makes up each passage's score; `strongest` is the subject most in focus.

    A passage whose vector is still to be made counts as near as its words suggest.
    """
    own = {
        "cosine": _cosines(similarities, signals.keyword),
        "keyword": keyword_weight(question, weights) * signals.keyword,
        "context": weights.context * openness(strongest, weights) * signals.context,
        "focus": weights.focus * signals.focus,
    }
    support = _support(Parts(own).scores, signals, weights.article_passages)
    return Parts(own | {"article": weights.article * support})


def with_lines(parts: Parts, gains: Row, weights: Weights = WEIGHTS) -> Parts:
    """Return the parts with what the passages' nearest lines add."""
    return Parts({**parts.named, "line": weights.line * gains})


def line_gains(cosines: Row, lines: Row, weights: Weights = WEIGHTS) -> Row:
    """Return how much nearer each passage's nearest lines are than the whole; nan: it has none."""
    return np.fmax(np.nan_to_num(lines - cosines - weights.line_lead, nan=0.0), 0.0)


def nearness_of_lines(similarities: NDArray[np.float32]) -> float:
    """Return how near a passage's lines are together: the mean of the nearest."""
    return float(np.sort(similarities)[-NEAREST_LINES:].mean())


def _cosines(similarities: Sequence[float | None], keyword: Row) -> Row:
    """Return the similarities; unknown ones lie between the known ones as their words do."""
    cosines = np.array([np.nan if value is None else value for value in similarities])
    unknown = np.isnan(cosines)
    if unknown.all():
        return np.zeros(len(cosines))
    least, most = float(np.nanmin(cosines)), float(np.nanmax(cosines))
    cosines[unknown] = least + keyword[unknown] * (most - least)
    return cosines


def _support(scores: Row, signals: Signals, most: int) -> Row:
    """Return, for each passage, the mean of its article's best scores.

    A passage of the article that wasn't proposed counts as the worst that was.
    """
    if not len(scores):
        return scores
    # Together by article, each article's best first.
    order = np.lexsort((-scores, signals.articles))
    articles = signals.articles[order]
    is_first = np.concatenate([[True], articles[1:] != articles[:-1]])
    firsts = np.flatnonzero(is_first)
    group = np.cumsum(is_first) - 1
    counts = np.clip(signals.article_sizes[order][firsts], 1, most)
    place = np.arange(len(order)) - firsts[group]
    counted = place < counts[group]
    best = np.zeros((len(firsts), most))
    best[group[counted], place[counted]] = scores[order][counted]
    missing = counts - np.bincount(group[counted])
    means = (best.sum(axis=1) + float(scores.min()) * missing) / counts
    support = np.empty(len(scores))
    support[order] = means[group]
    return support


def order(passages: Sequence[int], scores: Row) -> list[int]:
    """Return the places of the passages, best first; equals by passage, so that order is steady."""
    places: list[int] = np.lexsort((np.asarray(passages), -scores)).tolist()
    return places

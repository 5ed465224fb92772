"""What the keyword index says about one question, at one generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.keyword import Scores
from supportapp.retrieval.numbers import Numbers
from supportapp.retrieval.stored import Integers
from supportapp.retrieval.synonyms import Expansion


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question: its weight, and the slots of the passages that hold it."""

    weight: float
    slots: Integers


@dataclass(frozen=True, slots=True)
class Signals:
    """One row per passage asked about. Keyword scores are shares of the best one's."""

    keyword: Scores
    context: Scores
    focus: Scores
    articles: NDArray[np.int64]
    article_sizes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KeywordView:
    """Scores of every slot, and the passages that the index proposes, best first.

    `asked` are the question's terms with their weights and what synonyms added to them, `earlier`
    those of the turns before. Of all `passages`, `readable` are for the audiences that ask.
    """

    question: str
    asked: Expansion
    earlier: Mapping[str, float]
    generation: int
    passages: int
    readable: int
    scores: Scores
    context_scores: Scores
    topics: Integers
    articles: NDArray[np.int64]
    article_sizes: Numbers
    strengths: Mapping[int, float]
    slot_of: Numbers
    ranked: tuple[int, ...]
    in_focus: tuple[int, ...]
    words: tuple[Word, ...]

    @property
    def strongest(self) -> float:
        """Return how strongly the conversation is about one subject, 0 to 1."""
        return max(self.strengths.values(), default=0.0)

    @property
    def proposed(self) -> tuple[int, ...]:
        """Return the ids of all passages worth a look."""
        return tuple(dict.fromkeys((*self.ranked, *self.in_focus)))

    def signals(self, passages: Sequence[int]) -> Signals:
        """Return what the index says about these passages; unknown ones have no signal."""
        slots = self._slots(passages)
        known = slots >= 0
        strengths = np.array([self.strengths.get(int(t), 0.0) for t in self.topics[slots]])
        articles = np.where(known, self.articles[slots], -1)
        return Signals(
            keyword=np.where(known, _share(self.scores, slots), 0.0),
            context=np.where(known, _share(self.context_scores, slots), 0.0)
            if self.earlier
            else np.zeros(len(slots)),
            focus=np.where(known, strengths, 0.0) if len(slots) else np.zeros(0),
            articles=articles,
            article_sizes=self.article_sizes.many(articles, 1),
        )

    def held(self, passages: Sequence[int]) -> NDArray[np.bool_]:
        """Return which of the question's words (rows) each of these passages (columns) holds."""
        slots = self._slots(passages)
        rows = [_among(slots, word.slots) for word in self.words]
        return np.array(rows, dtype=np.bool_).reshape(len(self.words), len(slots))

    @property
    def strength(self) -> float:
        """Return the best keyword score for each unit of the question's weight."""
        total = sum(word.weight for word in self.words)
        return float(self.scores.max()) / total if total and len(self.scores) else 0.0

    def _slots(self, passages: Sequence[int]) -> NDArray[np.int64]:
        slots = self.slot_of.many(passages, -1)
        # What came after this look has no score here.
        slots[slots >= len(self.scores)] = -1
        return slots


def _share(scores: Scores, slots: NDArray[np.int64]) -> Scores:
    best = float(scores.max()) if len(scores) else 0.0
    return scores[slots] / best if best > 0 else np.zeros(len(slots))


def _among(wanted: NDArray[np.int64], slots: Integers) -> NDArray[np.bool_]:
    """Return which of the wanted slots are among these, which ascend."""
    if not len(slots):
        return np.zeros(len(wanted), dtype=np.bool_)
    asked = wanted.astype(slots.dtype)
    places = np.minimum(np.searchsorted(slots, asked), len(slots) - 1)
    found: NDArray[np.bool_] = slots[places] == asked
    return found

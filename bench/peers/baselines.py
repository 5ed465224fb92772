"""Plain ways to search: vectors alone, rank_bm25 on stems, and rank fusion of the two."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from rank_bm25 import BM25Okapi
from snowballstemmer import stemmer

from bench.peers.outside import pure
from bench.peers.protocol import Passage, Scored, Setup
from bench.peers.table import Table

WORD = re.compile(r"\w+")
# Cormack, Clarke and Büttcher's constant; each list is read this far.
RANK_CONSTANT = 60
POOL = 100


class Stemmed:
    """rank_bm25 as it is, on English stems without stop words."""

    def __init__(self, setup: Setup) -> None:
        self._stemmer = stemmer("english")
        self._ignored: frozenset[str] = pure("retrieval.stopwords").ENGLISH
        self._passages: Sequence[Passage] = ()

    def index(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._bm25 = BM25Okapi([self._stems(passage.text) for passage in passages])

    def places(self, text: str, k: int) -> list[tuple[int, float]]:
        """Return the best passages' places and scores; none without a word in common."""
        scores = self._bm25.get_scores(self._stems(text))
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(place), float(scores[place])) for place in order if scores[place] > 0]

    def search(self, text: str, k: int) -> list[Scored]:
        return [Scored(self._passages[place].id, score) for place, score in self.places(text, k)]

    def close(self) -> None:
        self._passages = ()

    def _stems(self, text: str) -> list[str]:
        words = [word for word in WORD.findall(text.lower()) if word not in self._ignored]
        return self._stemmer.stemWords(words)


class Nearest:
    """The nearest vectors, by pgvector."""

    def __init__(self, setup: Setup) -> None:
        self._vectors = setup.vectors
        self._table = Table(setup, "peer_nearest")
        self._passages: Sequence[Passage] = ()

    def index(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        self._table.fill(passages)

    def places(self, text: str, k: int) -> list[tuple[int, float]]:
        """Return the nearest passages' places and cosines."""
        return self._table.nearest(self._vectors.of_question(text), k)

    def search(self, text: str, k: int) -> list[Scored]:
        return [Scored(self._passages[place].id, score) for place, score in self.places(text, k)]

    def close(self) -> None:
        self._table.drop()


class RankFusion:
    """Reciprocal rank fusion of both, a hundred of each."""

    def __init__(self, setup: Setup) -> None:
        self._parts = (Stemmed(setup), Nearest(setup))
        self._passages: Sequence[Passage] = ()

    def index(self, passages: Sequence[Passage]) -> None:
        self._passages = passages
        for part in self._parts:
            part.index(passages)

    def search(self, text: str, k: int) -> list[Scored]:
        lists = [[place for place, _ in part.places(text, POOL)] for part in self._parts]
        return [Scored(self._passages[place].id, score) for place, score in fused(lists)[:k]]

    def close(self) -> None:
        for part in self._parts:
            part.close()


def fused(lists: Iterable[Sequence[int]]) -> list[tuple[int, float]]:
    """Return the places of all lists by the sum of their reciprocal ranks."""
    scores: dict[int, float] = defaultdict(float)
    for places in lists:
        for rank, place in enumerate(places, start=1):
            scores[place] += 1 / (RANK_CONSTANT + rank)
    return sorted(scores.items(), key=lambda item: -item[1])

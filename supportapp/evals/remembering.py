"""How well questions are recognised: hits and wrong hits of the semantic cache, by threshold.

Each question asked gets the remembered question that fits best, by the product's likeness and, to
compare, by the cosine of the same vectors alone. The threshold then decides who is served. Pure
but for the embedder that it is given.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportapp.caching import likeness, wording
from supportapp.caching.likeness import Model, Neighbour
from supportapp.evals.cache_pairs import Asked, Pair
from supportapp.llm.protocols import Embedder

Vectors = NDArray[np.float32]
BATCH = 64
IsWord = Callable[[str], bool]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Offered:
    """What one question would be served with: how likely it is right, and whether it is."""

    score: float
    is_right: bool
    difference: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: the share of questions served, and of these and of all the wrong."""

    threshold: float
    share: float
    wrong_of_served: float
    wrong_of_asked: float


class Store:
    """Remembered questions, with the answers that they have (`intent`) and their vectors."""

    def __init__(self, kept: Sequence[Asked], vectors: Vectors, is_word: IsWord | None) -> None:
        self.answers = [each.intent for each in kept]
        self.vectors = vectors
        self.is_word = is_word
        self.wordings = [wording.read(each.text, is_word=is_word) for each in kept]
        holders = Counter(word for each in self.wordings for word in each.words)
        self.rarity = likeness.rarity_among(lambda word: holders[word], len(kept))

    def nearest(self, vector: Vectors) -> list[Neighbour]:
        """Return the nearest, with the answers that they have."""
        cosines = self.vectors @ vector
        count = min(likeness.NEIGHBOURS, len(cosines))
        places = np.argpartition(-cosines, count - 1)[:count]
        places = places[np.argsort(-cosines[places], kind="stable")]
        return [
            Neighbour(
                place,
                self.wordings[place],
                float(cosines[place]),
                self.answers[place],
            )
            for place in places.tolist()
        ]


def embed(texts: Sequence[str], embedder: Embedder, progress: Progress) -> Vectors:
    """Return one vector a text, the short ones together."""
    vectors = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        vectors[places] = embedder.embed([texts[place] for place in places])
        progress(len(places))
    return vectors


def offers(
    store: Store,
    asked: Sequence[Asked],
    vectors: Vectors,
    *,
    fitted: Model | None = None,
) -> list[Offered]:
    """Return what the product would offer each question; with a difference, nothing."""
    found = []
    for each, vector in zip(asked, vectors, strict=True):
        began = time.perf_counter()
        said = wording.read(each.text, is_word=store.is_word)
        match = likeness.best(said, store.nearest(vector), store.rarity, fitted)
        took = 1000 * (time.perf_counter() - began)
        if match is None or match.difference:
            found.append(Offered(0.0, False, match.difference if match else "", took))
            continue
        is_right = each.is_answered and store.answers[match.neighbour.key] == each.intent
        found.append(Offered(match.likeness, is_right, "", took))
    return found


def plain_offers(store: Store, asked: Sequence[Asked], vectors: Vectors) -> list[Offered]:
    """Return what a cosine threshold alone would offer: the nearest."""
    found = []
    for each, vector in zip(asked, vectors, strict=True):
        cosines = store.vectors @ vector
        nearest = int(np.argmax(cosines))
        is_right = each.is_answered and store.answers[nearest] == each.intent
        found.append(Offered(float(cosines[nearest]), is_right))
    return found


def curve(offered: Sequence[Offered]) -> list[Point]:
    """Return what each threshold does, the strictest first."""
    points: list[Point] = []
    order = sorted(offered, key=lambda each: -each.score)
    wrong = 0
    for served, each in enumerate(order, start=1):
        if not each.score:
            break
        wrong += not each.is_right
        is_last = served == len(order) or order[served].score != each.score
        if is_last:
            count = len(order)
            points.append(Point(each.score, served / count, wrong / served, wrong / count))
    return points


def most(points: Sequence[Point], budget: float, *, of_asked: bool = False) -> Point | None:
    """Return the point with most hits whose wrong ones stay within the budget."""
    kept = [
        each
        for each in points
        if (each.wrong_of_asked if of_asked else each.wrong_of_served) <= budget
    ]
    return kept[-1] if kept else None


def at(offered: Sequence[Offered], threshold: float) -> Point:
    """Return what this threshold does."""
    served = [each for each in offered if each.score and each.score >= threshold]
    wrong = sum(not each.is_right for each in served)
    count = max(len(offered), 1)
    return Point(threshold, len(served) / count, wrong / max(len(served), 1), wrong / count)


def first_of_each(kept: Sequence[Asked], count: int) -> list[int]:
    """Return the places of the first questions of each intent: a memory that has just begun."""
    seen: Counter[str] = Counter()
    places = []
    for place, each in enumerate(kept):
        seen[each.intent] += 1
        if seen[each.intent] <= count:
            places.append(place)
    return places


def judged(pairs: Sequence[Pair], embedder: Embedder, is_word: IsWord | None) -> list[Offered]:
    """Return for each pair how likely it is taken for one question, and if that is right."""
    found = []
    for pair in pairs:
        vectors = embedder.embed([pair.kept, pair.asked])
        store = Store([Asked(pair.kept, "one")], vectors[:1], is_word)
        (offered,) = offers(
            store, [Asked(pair.asked, "one" if pair.same else "other")], vectors[1:]
        )
        found.append(offered)
    return found

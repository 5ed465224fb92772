"""Which examples go to training and which to validation, so that neither tells of the other. Pure.

Near-duplicates form clusters, and a whole cluster goes to one side: a model that has seen a
question reworded would otherwise be asked for what it was told. Two texts are near-duplicates
where they have most words in common, or where their vectors nearly agree; and so is whatever a
chain of such pairs connects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from supportapp.guardrails import alike

NEAR_WORDS = 0.6
NEAR_VECTORS = 0.85
BLOCK = 512


def clusters(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[int]:
    """Return each text's cluster: the place of its first member."""
    parents = list(range(len(texts)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parents[second] = first

    for start in range(0, len(texts), BLOCK):
        near = vectors[start : start + BLOCK] @ vectors.T >= NEAR_VECTORS
        for row, column in zip(*np.nonzero(near), strict=True):
            if start + int(row) < int(column):
                join(start + int(row), int(column))
    _join_by_words(texts, join)
    return [root(place) for place in range(len(texts))]


def split(found: Sequence[int], share: float, seed: int) -> list[bool]:
    """Say of each example whether it is for validation: about `share` of them, whole clusters.

    Clusters are drawn in an order that depends on the seed alone, the large ones passed over where
    they would make too many. Fewer than two clusters can't be split: then all is for training.
    """
    sizes: dict[int, int] = {}
    for cluster in found:
        sizes[cluster] = sizes.get(cluster, 0) + 1
    wanted = share * len(found)
    taken: set[int] = set()
    count = 0
    if len(sizes) > 1 and share > 0:
        for cluster in sorted(sizes, key=lambda each: _drawn(each, seed)):
            if count >= wanted or len(taken) == len(sizes) - 1:
                break
            if count + sizes[cluster] <= max(wanted, 1.0) * 1.5:
                taken.add(cluster)
                count += sizes[cluster]
    return [cluster in taken for cluster in found]


def _join_by_words(texts: Sequence[str], join: Callable[[int, int], None]) -> None:
    """Join texts that share most of their words; only texts with a word in common are compared."""
    words = [alike.terms(" ".join(text.lower().split())) for text in texts]
    holders: dict[str, list[int]] = {}
    for place, terms in enumerate(words):
        others: dict[int, int] = {}
        for term in terms:
            for other in holders.get(term, ()):
                others[other] = others.get(other, 0) + 1
        for other, shared in others.items():
            if shared >= NEAR_WORDS * len(terms | words[other]):
                join(other, place)
        for term in terms:
            holders.setdefault(term, []).append(place)


def _drawn(cluster: int, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{cluster}".encode()).digest()

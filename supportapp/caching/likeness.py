"""How likely a remembered question has the same answer as the one asked now: 0 to 1. Pure.

A logistic regression over what a pair of questions shows (nearness of the vectors, shared words
weighed by their rarity among the remembered questions) and over what the neighbours show: where
the nearest remembered questions rest on the same answer, that answer is likelier to be the right
one; where they disagree, nobody should be served from memory. Its numbers are data, in
likeness.json, which says what they were fitted on and by which command.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from supportapp.caching.differences import difference
from supportapp.caching.wording import Wording

FITTED = Path(__file__).with_name("likeness.json")
NEIGHBOURS = 20
# How sharply nearness counts in a vote; fitted beside the weights.
_SHARPNESS = 1 / 0.07
_NEAR = 0.8
_FAR = 0.3
_CROWD = 5
_MOST_ODDS = 50.0
Rarity = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A remembered question near the one asked. `answer` is equal where the answers are one."""

    key: int
    wording: Wording
    cosine: float
    answer: Hashable


@dataclass(frozen=True, slots=True)
class Match:
    """The neighbour that fits best, how likely it is the same, and what may speak against it."""

    neighbour: Neighbour
    likeness: float
    difference: str
    agreement: float


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by feature, and the constant."""

    weights: tuple[tuple[str, float], ...]
    constant: float

    def probability(self, features: dict[str, float]) -> float:
        """Return how likely a pair with these features has one answer."""
        odds = self.constant + sum(weight * features[name] for name, weight in self.weights)
        return 1 / (1 + math.exp(-max(-_MOST_ODDS, min(_MOST_ODDS, odds))))


@cache
def model() -> Model:
    """Return the shipped model."""
    fitted = json.loads(FITTED.read_text("utf-8"))
    return Model(tuple(fitted["weights"].items()), fitted["constant"])


@cache
def thresholds() -> Mapping[float, float]:
    """Return, by the share of hits that may be wrong, the threshold that kept it."""
    fitted = json.loads(FITTED.read_text("utf-8"))["thresholds"]
    return {float(budget): threshold for budget, threshold in fitted.items()}


def ranked(
    asked: Wording, neighbours: Sequence[Neighbour], rarity: Rarity, fitted: Model | None = None
) -> list[Match]:
    """Return the neighbours, those first that fit best; those that differ come last."""
    weigh = fitted or model()
    matches = [
        Match(
            neighbour,
            1.0 if asked.said == neighbour.wording.said else weigh.probability(features),
            difference(asked, neighbour.wording),
            features["share"],
        )
        for neighbour, features in zip(
            neighbours, all_features(asked, neighbours, rarity), strict=True
        )
    ]
    return sorted(matches, key=lambda match: (bool(match.difference), -match.likeness))


def best(
    asked: Wording, neighbours: Sequence[Neighbour], rarity: Rarity, fitted: Model | None = None
) -> Match | None:
    """Return the neighbour to serve, if any may be."""
    matches = ranked(asked, neighbours, rarity, fitted)
    return matches[0] if matches else None


def all_features(
    asked: Wording, neighbours: Sequence[Neighbour], rarity: Rarity
) -> list[dict[str, float]]:
    """Return each neighbour's features; the neighbours are given nearest first."""
    if not neighbours:
        return []
    cosines = [each.cosine for each in neighbours]
    votes = [math.exp((each - cosines[0]) * _SHARPNESS) for each in cosines]
    # Where few are remembered, those that aren't there count as far away.
    nearest = (cosines + [min(_FAR, cosines[-1])] * _CROWD)[:_CROWD]
    furthest = cosines[-1] if len(cosines) >= NEIGHBOURS else min(_FAR, cosines[-1])
    rows = []
    for neighbour in neighbours:
        mine = [each.answer == neighbour.answer for each in neighbours]
        share = sum(vote for vote, is_mine in zip(votes, mine, strict=True) if is_mine) / sum(votes)
        others = [c for c, is_mine in zip(cosines, mine, strict=True) if not is_mine]
        own = max(c for c, is_mine in zip(cosines, mine, strict=True) if is_mine)
        pair = pair_features(asked, neighbour.wording, neighbour.cosine, rarity)
        rows.append(
            pair
            | {
                "gap": cosines[0] - nearest[-1],
                "crowd": sum(nearest) / _CROWD,
                "behind": cosines[0] - neighbour.cosine,
                "share": share,
                "count": sum(mine) / NEIGHBOURS,
                "lead": own - (max(others) if others else furthest),
                "cosine_shared": pair["cosine"] * share,
                "overlap_shared": pair["overlap"] * share,
            }
        )
    return rows


def pair_features(asked: Wording, kept: Wording, cosine: float, rarity: Rarity) -> dict[str, float]:
    """Return what two questions show of themselves."""
    shared = sum(rarity(word) for word in asked.words & kept.words)
    only_asked = [rarity(word) for word in asked.words - kept.words]
    only_kept = [rarity(word) for word in kept.words - asked.words]
    in_asked, in_kept = shared + sum(only_asked), shared + sum(only_kept)
    every_pair = asked.pairs | kept.pairs
    overlap = 2 * shared / (in_asked + in_kept) if in_asked + in_kept else 0.0
    return {
        "cosine": cosine,
        "close": 25 * max(0.0, cosine - _NEAR) ** 2,
        "asked_kept": shared / in_asked if in_asked else 0.0,
        "kept_asked": shared / in_kept if in_kept else 0.0,
        "rarest_asked": max(only_asked, default=0.0),
        "rarest_kept": max(only_kept, default=0.0),
        "extra_asked": sum(only_asked),
        "extra_kept": sum(only_kept),
        "pairs": len(asked.pairs & kept.pairs) / len(every_pair) if every_pair else 0.0,
        "length": abs(math.log((asked.length + 1) / (kept.length + 1))),
        "overlap": overlap,
        "cosine_overlap": cosine * overlap,
    }


def rarity_among(holders: Callable[[str], int], count: int) -> Rarity:
    """Return how rare a word is among so many questions: 1 where none holds it."""
    top = math.log(1 + count) or 1.0

    def rarity(word: str) -> float:
        return math.log(1 + count / (1 + holders(word))) / top

    return rarity

"""Weights of fusion found by coordinate ascent, and how they do on sets they weren't chosen on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench.retrieval.cases import Asked, asked
from bench.retrieval.labelled import LabelledSet
from supportapp.retrieval.fusion import WEIGHTS, Weights

# Each is tried over values that make sense, in this order; everything else stays.
GRID: Mapping[str, Sequence[float]] = {
    "keyword": (0.05, 0.1, 0.15, 0.2, 0.3),
    "context": (0.0, 0.1, 0.15, 0.2, 0.3),
    "focus": (0.5, 0.7, 1.0, 1.4),
    "closing": (0.0, 0.4, 0.8, 1.0),
    "opening": (0.0, 0.3, 0.5, 0.8, 1.1),
    "last": (0.0, 0.3, 0.5, 0.8),
    "article": (0.0, 0.15, 0.3, 0.5),
    "line": (0.0, 0.4, 0.6, 0.8, 1.0),
}
# Every part a little: a part that is off hides what another would gain beside it.
START = replace(
    WEIGHTS, keyword=0.1, context=0.1, focus=0.7, closing=0.4, opening=0.5, last=0.3, article=0.15
)
ROUNDS = 2
LEAST_GAIN = 0.0005
MOST_QUESTIONS = 150


def table(sets: Sequence[LabelledSet]) -> list[str]:
    """Return the table of weights and of what they reach, as lines of Markdown."""
    known = [asked(each, with_spelling=True) for each in sets]
    tried = [_fewer(each) for each in known]
    families = list(dict.fromkeys(each.family for each in known))
    lines = [
        "| Weights | " + " | ".join([*GRID, *(each.name for each in known)]) + " |",
        "|---|" + "--:|" * (len(GRID) + len(known)),
        _line("the product's", WEIGHTS, known, known),
        _line("found on all sets", ascend(tried), known, known),
    ]
    for family in families:
        others = [each for each in tried if each.family != family]
        held = [each for each in known if each.family == family]
        lines.append(_line(f"found without {family}", ascend(others), known, held))
    return lines


def ascend(sets: Sequence[Asked], start: Weights = START) -> Weights:
    """Change one weight after the other to what does best on all the sets together."""
    best, reached = start, _worth(sets, start)
    for _ in range(ROUNDS):
        before = reached
        for name, values in GRID.items():
            for value in values:
                tried = _with(best, name, value)
                worth = _worth(sets, tried)
                if worth > reached + LEAST_GAIN:
                    best, reached = tried, worth
        if reached == before:
            break
    return best


def _fewer(each: Asked) -> Asked:
    """Return the set with at most so many questions, taken evenly: a choice tries many weights."""
    step = -(-len(each.whole) // MOST_QUESTIONS)
    return replace(each, whole=each.whole[::step], alone=each.alone[::step])


def _worth(sets: Sequence[Asked], weights: Weights) -> float:
    """Return the mean over families, so that three small bots don't outweigh one large set."""
    families: dict[str, list[float]] = {}
    for each in sets:
        families.setdefault(each.family, []).append(each.mean(weights))
    return float(np.mean([np.mean(values) for values in families.values()]))


def _with(weights: Weights, name: str, value: float) -> Weights:
    return replace(weights, **{name: value})


def _line(name: str, weights: Weights, columns: Sequence[Asked], shown: Sequence[Asked]) -> str:
    numbers = [f"{getattr(weights, each):g}" for each in GRID]
    reached = [f"{np.mean(each.ndcgs(weights)):.3f}" if each in shown else "" for each in columns]
    return "| " + " | ".join([name, *numbers, *reached]) + " |"

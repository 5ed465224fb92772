"""Fit supportapp/caching/likeness.json: `python -m bench.cache.fit [FOLDER]`.

Questions of one intent have one answer. Caches of every size are made of the training questions
(a few questions; one, three, ten, thirty for each intent; and all), and the training questions
that are left are asked; so are half of the questions that no help centre answers, for which every
hit is wrong. Each pair of a question with one of its nearest neighbours is a case. The test
questions are not looked at here. The thresholds are cross-validated by intent: no question is
judged by a model that saw its intent.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from supportapp.caching import likeness, wording
from supportapp.caching.differences import difference
from supportapp.evals import cache_pairs, fitting, remembering
from supportapp.evals.cache_pairs import Asked
from supportapp.evals.fitting import Pull
from supportapp.evals.remembering import Offered
from supportapp.llm.embedding import LocalEmbedder
from supportapp.llm.words import is_word

BENCHMARKS = Path("../shared/benchmarks")
FOLDS = 5
RIDGE = 1e-4
# The nearest is the one that is mostly served.
NEAREST_COUNTS = 4.0
# Questions for nobody are rarer than others.
UNANSWERED_SHARE = 0.5
DENSITIES = (1, 3, 10, 30, 0)
PROBES = 2000
# A new cache remembers little: so many of them, with about so many questions.
SMALL_CACHES = 60
FEW = 8
FEW_ASKED = 20
BUDGETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
Row = NDArray[np.float64]
Fit = tuple[Row, float]


@dataclass(frozen=True)
class Cases:
    """Questions asked of one cache: features by neighbour, who differs, who is right."""

    features: Row
    differs: NDArray[np.bool_]
    right: NDArray[np.bool_]
    intents: Sequence[str]
    share: float


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BENCHMARKS
    names, every = _gathered(folder)
    weights, constant = _fit(every)
    odds = _held_out(every)
    served = [
        offered for cases, rows in zip(every, odds, strict=True) for offered in _served(cases, rows)
    ]
    points = remembering.curve(served)
    written = {
        "made_by": "python -m bench.cache.fit",
        "fitted_on": {
            "sets": ["banking77_train", "half of clinc_oos"],
            "questions_for_each_intent": [each or "all" for each in DENSITIES],
            "asked": sum(len(cases.right) for cases in every),
        },
        "weights": {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)},
        "constant": round(float(constant), 4),
        # Of what is served, this share is wrong: the threshold that keeps it.
        "thresholds": {
            str(budget): round(point.threshold, 4)
            for budget in BUDGETS
            if (point := remembering.most(points, budget))
        },
    }
    likeness.FITTED.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(written, indent=2))


def _gathered(folder: Path) -> tuple[list[str], list[Cases]]:
    """Ask caches of every size what is left of the training questions, and what is for nobody."""
    (memory,) = [
        each
        for each in cache_pairs.read(folder / "cache-pairs").labelled
        if each.name == "banking77"
    ]
    lines = (folder / "no-answer" / "clinc_oos.jsonl").read_text("utf-8").splitlines()
    unanswered = [Asked(json.loads(line)["text"], "") for line in lines][::2]
    embedder = LocalEmbedder()
    kept = list(memory.kept)
    vectors = remembering.embed([each.text for each in kept], embedder, _quiet)
    nowhere = remembering.embed([each.text for each in unanswered], embedder, _quiet)
    chance = np.random.default_rng(7)
    every = []
    names: list[str] = []
    for density in DENSITIES:
        inside, outside = _split(kept, density, chance)
        store = remembering.Store([kept[n] for n in inside], vectors[inside], is_word)
        names, cases = _asked(store, [kept[n] for n in outside], vectors[outside], 1.0)
        every += [cases, _asked(store, unanswered, nowhere, UNANSWERED_SHARE)[1]]
        print(density or "all", len(inside), len(outside), file=sys.stderr, flush=True)
    for _ in range(SMALL_CACHES):
        inside, outside = _few(kept, chance)
        store = remembering.Store([kept[n] for n in inside], vectors[inside], is_word)
        cases = _asked(store, [kept[n] for n in outside], vectors[outside], 1 / SMALL_CACHES)[1]
        every.append(cases)
    return names, every


def _quiet(_: int) -> None:
    """Nobody watches."""


def _split(
    kept: Sequence[Asked], density: int, chance: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Return who is remembered, so many of each intent (0: nearly all), and who asks."""
    order = chance.permutation(len(kept)).tolist()
    if not density:
        return order[PROBES:], order[:PROBES]
    counts: Counter[str] = Counter()
    inside = []
    for place in order:
        if counts[kept[place].intent] < density:
            counts[kept[place].intent] += 1
            inside.append(place)
    left = set(order) - set(inside)
    return inside, [place for place in order if place in left][:PROBES]


def _few(kept: Sequence[Asked], chance: np.random.Generator) -> tuple[list[int], list[int]]:
    """Return one question each of a few intents, and others, half of them of these intents."""
    inside, _ = _split(kept, 1, chance)
    inside = inside[: int(chance.integers(1, 2 * FEW))]
    wanted = {kept[place].intent for place in inside}
    order = [n for n in chance.permutation(len(kept)).tolist() if n not in inside]
    same = [n for n in order if kept[n].intent in wanted][:FEW_ASKED]
    return inside, same + [n for n in order if kept[n].intent not in wanted][:FEW_ASKED]


def _asked(
    store: remembering.Store, asked: Sequence[Asked], vectors: remembering.Vectors, share: float
) -> tuple[list[str], Cases]:
    names: list[str] = []
    rows, differs, right = [], [], []
    for each, vector in zip(asked, vectors, strict=True):
        said = wording.read(each.text, is_word=is_word)
        neighbours = store.nearest(vector)
        features = likeness.all_features(said, neighbours, store.rarity)
        names = list(features[0])
        rows.append([list(row.values()) for row in features])
        differs.append([bool(difference(said, near.wording)) for near in neighbours])
        right.append([each.is_answered and near.answer == each.intent for near in neighbours])
    cases = Cases(
        np.array(rows), np.array(differs), np.array(right), [a.intent for a in asked], share
    )
    return names, cases


def _fit(every: Sequence[Cases], keep: Sequence[NDArray[np.bool_]] | None = None) -> Fit:
    """Fit a ridge logistic regression over features in units of their spread."""
    chosen = keep or [np.ones(len(cases.right), dtype=bool) for cases in every]
    rows: list[Row] = []
    right: list[Row] = []
    weights: list[Row] = []
    for cases, mine in zip(every, chosen, strict=True):
        counts = np.ones_like(cases.right[mine], dtype=np.float64)
        counts[:, 0] = NEAREST_COUNTS
        rows.append(cases.features[mine].reshape(-1, cases.features.shape[-1]))
        right.append(cases.right[mine].reshape(-1).astype(np.float64))
        weights.append((cases.share * counts / counts.sum()).reshape(-1))
    features, importance = np.concatenate(rows), np.concatenate(weights)
    centre, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    design = np.c_[(features - centre) / spread, np.ones(len(features))]
    pull = Pull(np.zeros(design.shape[1]), RIDGE * np.r_[np.ones(len(spread)), 0.0])
    fitted = fitting.fit(design, np.concatenate(right), importance / importance.sum(), pull)
    plain = fitted[:-1] / spread
    return plain, float(fitted[-1] - plain @ centre)


def _held_out(every: Sequence[Cases]) -> list[Row]:
    """Return the odds of each case, by a model that saw no question of its intent."""
    odds = [np.zeros(cases.right.shape) for cases in every]
    parts = [
        fitting.folds([each or str(n) for n, each in enumerate(cases.intents)], FOLDS)
        for cases in every
    ]
    for fold in range(FOLDS):
        weights, constant = _fit(every, [part != fold for part in parts])
        for cases, part, mine in zip(every, parts, odds, strict=True):
            held = part == fold
            mine[held] = cases.features[held] @ weights + constant
    return odds


def _served(cases: Cases, odds: Row) -> list[Offered]:
    """Return what each question would be served with."""
    guarded = np.where(cases.differs, -np.inf, odds)
    chosen = guarded.argmax(axis=1)
    every = np.arange(len(chosen))
    scores = fitting.likelihoods(guarded[every, chosen])
    free = ~cases.differs[every, chosen]
    right = cases.right[every, chosen]
    return [
        Offered(float(score) if may else 0.0, bool(good) and bool(may))
        for score, may, good in zip(scores, free, right, strict=True)
    ]


if __name__ == "__main__":
    main()

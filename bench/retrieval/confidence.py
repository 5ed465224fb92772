"""Fit supportapp/retrieval/confidence.json: `python -m bench.retrieval.confidence [FOLDER]`.

A question counts as answered where something relevant is among the evidence, and as unanswered
where nothing answers it; answerable questions whose passage was not found are left out. A help
centre of articles is what the product serves, so that set weighs most. Of a set's weight three
quarters are for answered questions, as in a support chat, so that 0.5 is where to answer.
Cross-validated by conversation; the figures are printed and kept beside the numbers.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import django_ready
from supportapp.evals import fitting
from supportapp.evals.fitting import Pull

RIDGE = 0.01
FOLDS = 5
ANSWERED_SHARE = 0.75
# Questions that no help centre answers are put to the help centre, so the two go together; few of
# dev-fiqa's questions are labelled unanswerable.
SET_WEIGHTS = {"help-centre": 4.0, "clinc_oos": 2.0, "dev-fiqa": 0.3}
BENCHMARKS = Path("../shared/benchmarks")
Row = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """Weights of the clues as they come, their usual spread, and the constant."""

    weights: Row
    spreads: Row
    constant: float

    def odds(self, clues: Row) -> Row:
        """Return the log odds of each row."""
        return np.asarray(clues @ self.weights + self.constant)


def fit(clues: Row, answered: Row, importance: Row) -> Fit:
    """Fit a ridge logistic regression over clues in units of their spread."""
    centre, spread = clues.mean(axis=0), clues.std(axis=0) + 1e-9
    design = np.c_[(clues - centre) / spread, np.ones(len(clues))]
    ridge = RIDGE * np.r_[np.ones(clues.shape[1]), 0.0]
    pull = Pull(np.zeros(design.shape[1]), ridge)
    weights = fitting.fit(design, answered, importance / importance.sum(), pull)
    plain = weights[:-1] / spread
    return Fit(plain, spread, float(weights[-1] - plain @ centre))


@dataclass(frozen=True)
class Case:
    """One question: where it was asked, its features, and whether it was answered."""

    place: str
    group: str
    features: dict[str, float]
    answered: bool


def main() -> None:
    django_ready()
    from supportapp.retrieval.confidence import FITTED

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BENCHMARKS
    scratch = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(".data/bench")
    cases = gather(folder, scratch)
    names = list(cases[0].features)
    rows = np.array([list(case.features.values()) for case in cases])
    answered = np.array([case.answered for case in cases], dtype=np.float64)
    weights = importance(cases)
    folds = fitting.folds([case.group for case in cases], FOLDS)
    odds = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        odds[held] = fit(rows[~held], answered[~held], weights[~held]).odds(rows[held])
    final = fit(rows, answered, weights)
    written = {
        "made_by": "python -m bench.retrieval.confidence",
        "fitted_on": {place: figures(cases, odds, place) for place in places(cases)},
        "weights": {name: round(float(w), 4) for name, w in zip(names, final.weights, strict=True)},
        "constant": round(final.constant, 4),
        "spreads": {name: round(float(s), 4) for name, s in zip(names, final.spreads, strict=True)},
    }
    FITTED.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(written, indent=2))


def gather(folder: Path, scratch: Path) -> list[Case]:
    """Search for every labelled question."""
    from bench.retrieval import labelled
    from supportapp.retrieval.confidence import features

    sets = [
        labelled.help_centre(),
        labelled.out_of_scope(folder),
        labelled.chinese(),
        labelled.benchmark_set(folder / "dev-dstc"),
        labelled.benchmark_set(folder / "dev-fiqa"),
        *labelled.bots(folder, scratch),
    ]
    cases = []
    for each in sets:
        for question in each.questions:
            result = each.search(question.query)
            found = {each.names[item.passage_id] for item in result.evidence}
            answered = any(question.grades.get(name, 0) > 0 for name in found)
            if result.evidence and (answered or not question.grades):
                values = features(result.clues)
                cases.append(Case(each.name, question.group, values, answered))
        print(each.name, len(each.questions), file=sys.stderr, flush=True)
    return cases


def places(cases: list[Case]) -> list[str]:
    """Return the names of the sets."""
    return list(dict.fromkeys(case.place for case in cases))


def importance(cases: list[Case]) -> Row:
    """Weigh the sets, not their sizes, and answered questions as often as chats have them."""
    weights = np.zeros(len(cases))
    for place in places(cases):
        for answered in (True, False):
            chosen = [n for n, c in enumerate(cases) if (c.place, c.answered) == (place, answered)]
            share = ANSWERED_SHARE if answered else 1 - ANSWERED_SHARE
            if chosen:
                weights[chosen] = share * SET_WEIGHTS.get(place, 1.0) / len(chosen)
    return weights


def figures(cases: list[Case], odds: Row, place: str) -> dict[str, float]:
    """Return a set's size and what cross-validation says of it."""
    from supportapp.evals import ranking

    mine = [n for n, case in enumerate(cases) if case.place == place]
    good = [float(odds[n]) for n in mine if cases[n].answered]
    bad = [float(odds[n]) for n in mine if not cases[n].answered]
    return {
        "answered": len(good),
        "unanswered": len(bad),
        "auc": round(ranking.auc(good, bad), 3),
        "answered_at_half": round(float(np.mean(np.array(good) >= 0)), 3) if good else 0.0,
        "declined_at_half": round(float(np.mean(np.array(bad) < 0)), 3) if bad else 0.0,
    }


if __name__ == "__main__":
    main()

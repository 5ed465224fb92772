"""Fit supportapp/answering/routing.json: `python -m bench.routes.fit`.

Difficulty is the chance that quoting's answer is wrong, which labelled questions tell without any
model. Only questions that reach the choice of a route count: the others were declined before. Of
the weight three quarters are for questions that have an answer, as in a support chat; a question
with its misspelt and its later form weighs as one. Cross-validated by question; the figures are
printed and kept beside the numbers. What a model would do isn't fitted here, and past failures
aren't, for there are no labelled ones: after a failure a rule counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import django_ready
from supportapp.answering import routing
from supportapp.answering.routing import Clues, Model
from supportapp.evals import fitting, ranking
from supportapp.evals.fitting import Pull

RIDGE = 0.03
FOLDS = 5
ANSWERABLE_SHARE = 0.75
MADE_BY = "python -m bench.routes.fit"
Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Known:
    """A question that took a route: its clues, what it belongs to, and whether quoting failed."""

    clues: Clues
    group: str
    is_answerable: bool
    failed: bool


def main() -> None:
    django_ready()
    from bench.routes import cases
    from supportapp.knowledge.models import Workspace

    asked = cases.gather(Workspace.default(), _quiet)
    known = [
        Known(each.clues, each.group, each.is_answerable, not each.is_right)
        for each in asked
        if each.clues is not None
    ]
    written = as_json(known)
    routing.FITTED.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(written, indent=2))


def _quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def as_json(known: Sequence[Known]) -> dict[str, Any]:
    """Return what is kept: where the numbers come from, how well they foretell, the numbers."""
    fitted = fit(known)
    foretold = held_out(known)
    failed = np.array([each.failed for each in known], dtype=bool)
    weights = importance(known)
    return {
        "made_by": MADE_BY,
        "fitted_on": {
            "questions": len(known),
            "quoting_failed": int(failed.sum()),
            "auc": round(ranking.auc(list(foretold[failed]), list(foretold[~failed])), 3),
            "log_loss": round(_loss(foretold, failed, weights), 3),
            "log_loss_without": round(_loss(_constant(failed, weights), failed, weights), 3),
            "calibration": calibration(foretold, failed, weights),
        },
        "weights": {name: round(weight, 4) for name, weight in fitted.weights.items()},
        "constant": round(fitted.constant, 4),
    }


def fit(known: Sequence[Known]) -> Model:
    """Fit a ridge logistic regression over features in units of their spread."""
    named = [routing.features(each.clues) for each in known]
    rows = np.array([list(each.values()) for each in named])
    failed = np.array([each.failed for each in known], dtype=np.float64)
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.c_[(rows - centre) / spread, np.ones(len(rows))]
    pull = Pull(np.zeros(design.shape[1]), RIDGE * np.r_[np.ones(rows.shape[1]), 0.0])
    weights = fitting.fit(design, failed, importance(known), pull)
    plain = weights[:-1] / spread
    return Model(
        {name: float(weight) for name, weight in zip(named[0], plain, strict=True)},
        float(weights[-1] - plain @ centre),
    )


def held_out(known: Sequence[Known]) -> Row:
    """Return each question's difficulty by a model that didn't see it, in any form."""
    parts = fitting.folds([each.group for each in known], FOLDS)
    foretold = np.zeros(len(known))
    for part in range(FOLDS):
        seen = fit([each for each, of in zip(known, parts, strict=True) if of != part])
        for place in np.flatnonzero(parts == part):
            foretold[place] = seen.difficulty(known[place].clues)
    return foretold


def importance(known: Sequence[Known]) -> Row:
    """Weigh questions, not their forms, and answerable ones as often as chats have them."""
    forms: Mapping[str, int] = Counter(each.group for each in known)
    weights = np.array([1.0 / forms[each.group] for each in known])
    answerable = np.array([each.is_answerable for each in known], dtype=bool)
    for chosen, share in ((answerable, ANSWERABLE_SHARE), (~answerable, 1 - ANSWERABLE_SHARE)):
        if chosen.any():
            weights[chosen] *= share / weights[chosen].sum()
    return weights / weights.sum()


def calibration(foretold: Row, failed: NDArray[np.bool_], weights: Row) -> list[dict[str, float]]:
    """Return for fifths of the questions, the easiest first, what was foretold and what came."""
    order = np.argsort(foretold, kind="stable")
    return [
        {
            "foretold": round(float(np.average(foretold[part], weights=weights[part])), 3),
            "failed": round(float(np.average(failed[part], weights=weights[part])), 3),
        }
        for part in np.array_split(order, 5)
    ]


def _constant(failed: NDArray[np.bool_], weights: Row) -> Row:
    return np.full(len(failed), float(np.average(failed, weights=weights)))


def _loss(foretold: Row, failed: NDArray[np.bool_], weights: Row) -> float:
    chance = np.clip(np.where(failed, foretold, 1 - foretold), 1e-9, 1.0)
    return float(np.average(-np.log(chance), weights=weights))


if __name__ == "__main__":
    main()

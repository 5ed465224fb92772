"""From labelled questions to a workspace's own confidence, and what that promises. Pure.

The fit starts from the shipped weights. A slope and an offset are learned first; weights of single
clues and of the question's words move only as far as cross-validation by conversation says that
the labels carry it. Every figure is taken from questions that the fit hadn't seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportapp.evals import fitting, ranking
from supportapp.evals.curve import Curve
from supportapp.evals.fitting import Pull, Row
from supportapp.retrieval.confidence import Model, features
from supportapp.retrieval.values import Clues

FEWEST_EACH = 4
FOLDS, INNER_FOLDS = 5, 4
MOST_WORDS = 150
WORD_SEEN_IN = 4
HELD = 1e9
SLOPE_RIDGE, OFFSET_RIDGE = 8.0, 0.1
Chosen = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled question once it was searched: its clues, and whether an answer is right.

    `group` is its conversation: what was said together is never split between fit and check.
    """

    group: str
    clues: Clues
    is_right: bool


@dataclass(frozen=True, slots=True)
class Freedom:
    """How strongly clues and words are held at what is shipped; the first is the stiffest."""

    clues: float
    words: float


FREEDOMS = (
    Freedom(HELD, HELD),
    Freedom(64.0, HELD),
    Freedom(16.0, HELD),
    Freedom(64.0, 32.0),
    Freedom(16.0, 16.0),
    Freedom(16.0, 8.0),
    Freedom(16.0, 4.0),
)


class TooFewLabels(Exception):
    """Nothing can be learned from so few; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A workspace's model, and how it does on questions that it hadn't seen."""

    model: Model
    curve: Curve
    shipped_curve: Curve
    auc: float
    shipped_auc: float
    freedom: Freedom


@dataclass(frozen=True)
class Design:
    """Cases as rows: the shipped model's odds, each clue, each word, and a one."""

    rows: Row
    clues: tuple[str, ...]
    words: tuple[str, ...]
    right: Row
    groups: tuple[str, ...]

    def pull(self, freedom: Freedom) -> Pull:
        """Return the shipped model as the start, held as strongly as this."""
        clues, words = len(self.clues), len(self.words)
        ridge = np.r_[
            SLOPE_RIDGE, np.full(clues, freedom.clues), np.full(words, freedom.words), OFFSET_RIDGE
        ]
        return Pull(np.r_[1.0, np.zeros(clues + words + 1)], ridge)

    def fit(self, chosen: Chosen, freedom: Freedom) -> Row:
        """Fit the chosen rows."""
        return fitting.fit(
            self.rows[chosen], self.right[chosen], np.ones(chosen.sum()), self.pull(freedom)
        )


def calibrate(cases: Sequence[Case], shipped: Model, spreads: dict[str, float]) -> Fitted:
    """Fit a workspace's confidence; raises TooFewLabels."""
    odds = unseen(cases, shipped, spreads)
    design = _design(cases, shipped, spreads)
    everything = np.ones(len(cases), dtype=bool)
    freedom = _freedom(design, everything)
    shipped_odds = design.rows[:, 0]
    return Fitted(
        model=_model(design, design.fit(everything, freedom), shipped, spreads),
        curve=_curve(odds, design.right),
        shipped_curve=_curve(shipped_odds, design.right),
        auc=_auc(odds, design.right),
        shipped_auc=_auc(shipped_odds, design.right),
        freedom=freedom,
    )


def unseen(cases: Sequence[Case], shipped: Model, spreads: dict[str, float]) -> Row:
    """Return each case's odds by a fit of other conversations alone; raises TooFewLabels."""
    _refuse_too_few(cases)
    design = _design(cases, shipped, spreads)
    odds = np.zeros(len(cases))
    part = fitting.folds(design.groups, FOLDS)
    for fold in range(FOLDS):
        held = part == fold
        if held.any() and not held.all():
            freedom = _freedom(design, ~held)
            odds[held] = design.rows[held] @ design.fit(~held, freedom)
    return odds


def _curve(odds: Row, right: Row) -> Curve:
    return Curve.of(fitting.likelihoods(odds).tolist(), (right > 0).tolist())


def _auc(odds: Row, right: Row) -> float:
    return ranking.auc(odds[right > 0].tolist(), odds[right == 0].tolist())


def _refuse_too_few(cases: Sequence[Case]) -> None:
    right = sum(case.is_right for case in cases)
    wrong = len(cases) - right
    if right < FEWEST_EACH or wrong < FEWEST_EACH:
        raise TooFewLabels(
            f"{right} labelled questions are answered right and {wrong} are not;"
            f" at least {FEWEST_EACH} of each are needed."
        )


def _design(cases: Sequence[Case], shipped: Model, spreads: dict[str, float]) -> Design:
    names = tuple(shipped.weights)
    seen = Counter(word for case in cases for word in case.clues.words)
    words = tuple(word for word, count in seen.most_common(MOST_WORDS) if count >= WORD_SEEN_IN)
    known = np.array([[features(case.clues)[name] for name in names] for case in cases])
    units = np.array([spreads[name] for name in names])
    said = np.array([[word in case.clues.words for word in words] for case in cases])
    odds = np.array([shipped.odds(case.clues) for case in cases])
    return Design(
        rows=np.c_[
            odds,
            (known - known.mean(axis=0)) / units,
            said.reshape(len(cases), len(words)).astype(np.float64),
            np.ones(len(cases)),
        ],
        clues=names,
        words=words,
        right=np.array([case.is_right for case in cases], dtype=np.float64),
        groups=tuple(case.group for case in cases),
    )


def _freedom(design: Design, chosen: Chosen) -> Freedom:
    """Return the stiffest freedom that is as good as the best, within chance."""
    rows = np.flatnonzero(chosen).astype(np.int64)
    part = fitting.folds([design.groups[n] for n in rows], INNER_FOLDS, "inner")
    losses = np.array([_losses(design, rows, part, freedom) for freedom in FREEDOMS])
    best = int(losses.mean(axis=1).argmin())
    for freedom, loss in zip(FREEDOMS, losses, strict=True):
        worse = loss - losses[best]
        if worse.mean() <= worse.std() / math.sqrt(len(rows)):
            return freedom
    return FREEDOMS[best]


def _losses(design: Design, rows: Places, part: Places, freedom: Freedom) -> Row:
    """Return how badly each case is foretold by a fit of the other parts."""
    losses = np.zeros(len(rows))
    for fold in range(INNER_FOLDS):
        held = part == fold
        train = np.zeros(len(design.rows), dtype=bool)
        train[rows[~held]] = True
        odds = design.rows[rows[held]] @ design.fit(train, freedom)
        losses[held] = fitting.surprise(odds, design.right[rows[held]])
    return losses


def _model(design: Design, fitted: Row, shipped: Model, spreads: dict[str, float]) -> Model:
    """Return the fit in the clues' own units."""
    slope, offset = float(fitted[0]), float(fitted[-1])
    moved = dict(zip(design.clues, fitted[1 : 1 + len(design.clues)].tolist(), strict=True))
    said = dict(zip(design.words, fitted[1 + len(design.clues) : -1].tolist(), strict=True))
    return Model(
        weights={
            name: slope * weight + moved[name] / spreads[name]
            for name, weight in shipped.weights.items()
        },
        constant=slope * shipped.constant + offset,
        words={word: round(weight, 4) for word, weight in said.items() if abs(weight) >= 0.005},
    )

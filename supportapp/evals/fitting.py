"""Logistic regression under a ridge: the one that fits every confidence. Pure.

Few labels say little, so what is fitted starts from numbers that are known to serve and moves away
from them only as far as the labels insist: the ridge pulls towards `start`, not towards zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]
STEPS = 60
SMALLEST_STEP = 1e-9


@dataclass(frozen=True)
class Pull:
    """Where each weight starts, and how strongly it is held there."""

    start: Row
    ridge: Row


def likelihoods(odds: Row) -> Row:
    """Return the probability that goes with each of these log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -50.0, 50.0))))


def surprise(odds: Row, right: Row) -> Row:
    """Return how badly each of these log odds foretold what was right: the log loss."""
    return np.asarray(np.logaddexp(0.0, np.where(right > 0, -odds, odds)))


def fit(design: Row, right: Row, importance: Row, pull: Pull) -> Row:
    """Return the weights of the columns that foretell best what was right, by Newton's method."""
    weights = pull.start.astype(np.float64).copy()
    cost = _cost(design, right, importance, pull, weights)
    for _ in range(STEPS):
        likely = likelihoods(design @ weights)
        slope = design.T @ (importance * (likely - right)) + pull.ridge * (weights - pull.start)
        bend = (design * (importance * likely * (1 - likely))[:, None]).T @ design
        step = np.linalg.solve(bend + np.diag(pull.ridge + SMALLEST_STEP), slope)
        size = 1.0
        while (better := _cost(design, right, importance, pull, weights - size * step)) > cost:
            size /= 2
            if size < SMALLEST_STEP:
                return weights
        weights = weights - size * step
        if cost - better < SMALLEST_STEP * (1 + abs(cost)):
            return weights
        cost = better
    return weights


def _cost(design: Row, right: Row, importance: Row, pull: Pull, weights: Row) -> float:
    odds = design @ weights
    held = pull.ridge @ (weights - pull.start) ** 2 / 2
    return float(importance @ surprise(odds, right) + held)


def folds(groups: Sequence[str], count: int, seed: str = "") -> NDArray[np.int64]:
    """Return a part for each group's members, the same in every process.

    Groups are dealt in turn, in an order that their names shuffle, so that parts are of one size.
    """
    order = sorted(set(groups), key=lambda group: _shuffled(seed + group))
    part = {group: place % count for place, group in enumerate(order)}
    return np.array([part[group] for group in groups], dtype=np.int64)


def _shuffled(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest()

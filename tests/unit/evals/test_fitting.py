"""The regression that fits every confidence."""

import numpy as np
import pytest

from supportapp.evals import fitting
from supportapp.evals.fitting import Pull

ONES = np.ones(200)


def planted(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return rows with a constant, and answers that follow known weights."""
    generator = np.random.default_rng(seed)
    rows = np.c_[generator.normal(size=(200, 2)), np.ones(200)]
    odds = rows @ np.array([2.0, -1.0, 0.5])
    return rows, (generator.random(200) < fitting.likelihoods(odds)).astype(float)


def test_planted_weights_are_found_again():
    rows, right = planted()
    found = fitting.fit(rows, right, ONES, Pull(np.zeros(3), np.full(3, 0.01)))
    assert found == pytest.approx([2.0, -1.0, 0.5], abs=0.6)


def test_a_strong_pull_keeps_what_was_known():
    rows, right = planted()
    start = np.array([-3.0, 4.0, 1.0])
    found = fitting.fit(rows, right, ONES, Pull(start, np.full(3, 1e9)))
    assert found == pytest.approx(start, abs=1e-3)


def test_the_weaker_the_pull_the_further_the_weights_move():
    rows, right = planted()
    moved = [
        np.abs(fitting.fit(rows, right, ONES, Pull(np.zeros(3), np.full(3, ridge)))).sum()
        for ridge in (1000.0, 100.0, 10.0, 1.0)
    ]
    assert moved == sorted(moved)


def test_separable_answers_do_not_run_away():
    rows = np.c_[np.r_[np.full(100, -1.0), np.full(100, 1.0)], np.ones(200)]
    right = np.r_[np.zeros(100), np.ones(100)]
    found = fitting.fit(rows, right, ONES, Pull(np.zeros(2), np.full(2, 0.1)))
    assert np.isfinite(found).all()
    assert 1 < found[0] < 20


def test_members_of_a_group_share_a_part_and_parts_are_of_one_size():
    groups = [f"conversation {number // 2}" for number in range(40)]
    parts = fitting.folds(groups, 5)
    assert all(parts[n] == parts[n + 1] for n in range(0, 40, 2))
    assert np.bincount(parts).tolist() == [8] * 5


def test_parts_are_the_same_in_every_process_and_differ_by_seed():
    groups = [str(number) for number in range(50)]
    assert fitting.folds(groups, 5).tolist() == fitting.folds(list(groups), 5).tolist()
    assert fitting.folds(groups, 5).tolist() != fitting.folds(groups, 5, "other").tolist()

"""Figures of agreement, against values worked out by hand."""

import math
import random

import pytest

from supportapp.gaps.agreement import adjusted_rand, mutual_information

ONE = [0, 0, 0, 1, 1, 1]
OTHER = [0, 0, 1, 1, 2, 2]


def test_groups_by_other_names_agree_wholly():
    assert adjusted_rand(ONE, ["b", "b", "b", "a", "a", "a"]) == 1.0
    assert mutual_information(ONE, ["b", "b", "b", "a", "a", "a"]) == pytest.approx(1.0)


def test_the_rand_index_is_the_one_of_the_books():
    # Pairs together in both 2, in the first 6, in the second 3, of 15: expected 6 · 3 / 15.
    assert adjusted_rand(ONE, OTHER) == pytest.approx((2 - 1.2) / (4.5 - 1.2))


def test_mutual_information_is_the_share_of_the_mean_entropy():
    shared = math.log(2) - (1 / 3) * math.log(2)
    mean = (math.log(2) + math.log(3)) / 2
    assert mutual_information(ONE, OTHER) == pytest.approx(shared / mean)


def test_chance_agrees_with_nothing():
    chance = random.Random(4)
    one = [chance.randrange(8) for _ in range(2000)]
    assert adjusted_rand(one, [chance.randrange(8) for _ in one]) == pytest.approx(0, abs=0.01)


def test_a_single_question_agrees_with_itself():
    assert adjusted_rand([1], [2]) == 1.0
    assert mutual_information([1], [2]) == 1.0

"""Tests of differences, against known values."""

import pytest

from supportapp.gaps import chance


def test_two_shares_differ_as_the_z_test_says():
    # 45 of 100 against 60 of 100: z = 2.1239.
    assert chance.two_proportions((45, 100), (60, 100)) == pytest.approx(0.03368, abs=1e-4)


def test_few_are_tested_exactly():
    # The lady tasting tea.
    assert chance.two_proportions((3, 4), (1, 4)) == pytest.approx(0.485714, abs=1e-5)
    assert chance.fisher((8, 10), (1, 11)) == pytest.approx(0.0019, abs=3e-4)


def test_of_many_shares_a_chance_find_is_no_find():
    raw = {"a": 0.01, "b": 0.04, "c": 0.03}
    assert chance.holm(raw) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})


def test_a_topic_that_grew_is_told_from_those_that_did_not():
    found = chance.shifts({"refund": 10, "login": 90}, {"refund": 60, "login": 92}, (200, 200))
    assert found[0].key == "refund"
    assert found[0].is_real
    assert found[0].points == pytest.approx(25)
    assert not found[1].is_real


def test_nothing_is_known_of_an_empty_side():
    assert chance.two_proportions((0, 0), (3, 9)) == 1.0
    assert chance.lengths([], [3]) is None


def test_lengths_are_told_apart():
    short, long = [3, 4, 5, 4, 3, 5, 4] * 6, [9, 12, 10, 8, 14, 11, 9] * 6
    skew = chance.lengths(short, long)
    assert skew is not None
    assert (skew.first, skew.second) == (4, 10)
    assert skew.distance == 1.0
    assert skew.is_real
    same = chance.lengths(short, short[::-1])
    assert same is not None
    assert not same.is_real

"""How badly a question was answered, and how much a gap hurts."""

import pytest

from supportapp.gaps import badness


def test_reasons_add_up_without_passing_one():
    assert badness.badness({"declined"}) == 0.5
    assert badness.badness({"declined", "low_rated"}) == pytest.approx(0.85)
    assert badness.badness(set()) == 0.0


def test_a_person_who_calls_it_right_has_the_last_word():
    assert badness.badness({"good", "declined", "low_rated"}) == 0.0


def test_one_customer_who_asks_ten_times_is_not_ten():
    once = [(1, 0.5, 0.0)]
    assert badness.score(once * 10) == 1.5
    assert badness.score([(customer, 0.5, 0.0) for customer in range(10)]) == 5.0


def test_a_gap_hurts_half_as_much_after_thirty_days():
    assert badness.score([(1, 0.8, 30.0)]) == pytest.approx(0.4)

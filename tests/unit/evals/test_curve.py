"""Precision and coverage, and what a threshold promises."""

import json

import pytest

from supportapp.evals.curve import MOST_POINTS, Curve, Point

CURVE = Curve.of([0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False])


def test_a_promise_is_kept_with_as_many_answers_as_possible():
    point = CURVE.promising(0.75)
    assert point is not None
    assert (point.answered, point.right) == (4, 3)
    assert point.coverage == pytest.approx(0.8)
    assert 0.5 < point.threshold < 0.6


def test_a_promise_that_no_threshold_keeps_is_not_made():
    assert Curve.of([0.9, 0.8], [False, True]).promising(0.95) is None


def test_what_chance_could_explain_promises_nothing_surely():
    assert CURVE.promising(0.95, surely=True) is None
    many = Curve.of([0.9] * 200 + [0.1] * 50, [True] * 200 + [False] * 50)
    sure = many.promising(0.95, surely=True)
    assert sure is not None
    assert sure.answered == 200


def test_a_wilson_bound_is_the_one_worked_by_hand():
    assert Point(0.5, 10, 9, 20).surely == pytest.approx(0.5958, abs=1e-3)
    assert Point(0.5, 0, 0, 20).surely == 0.0


@pytest.mark.parametrize(("threshold", "answered"), [(0.0, 5), (0.65, 2), (0.85, 1), (0.95, 0)])
def test_any_threshold_has_its_point(threshold, answered):
    assert CURVE.at(threshold).answered == answered


def test_a_point_says_what_happens_to_a_hundred_questions():
    point = Point(0.5, 144, 138, 200)
    assert (point.answered_of_100, point.wrong_of_100) == (72, 3)


def test_a_curve_survives_being_stored():
    again = Curve.from_stored(json.loads(json.dumps(CURVE.stored())))
    assert again.stored() == CURVE.stored()
    assert again.at(0.7).answered == CURVE.at(0.7).answered


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    sure = [number / 5000 for number in range(5000)]
    curve = Curve.of(sure, [True] * 5000)
    assert len(curve.points) == MOST_POINTS
    assert (curve.points[0].answered, curve.points[-1].answered) == (1, 5000)


def test_equal_confidences_are_answered_together():
    assert [point.answered for point in Curve.of([0.5, 0.5, 0.1], [True, False, True]).points] == [
        2,
        3,
    ]

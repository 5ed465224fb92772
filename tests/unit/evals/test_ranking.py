"""The ranking measures, on examples worked by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.evals import ranking

RANKED = ["d1", "d2", "d3", "d4"]


def test_ndcg_of_the_second_and_fourth_place():
    # Gains 0 1 0 1: 1/log2(3) + 1/log2(5); ideal 1 1: 1 + 1/log2(3).
    expected = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert ranking.ndcg(RANKED, {"d2": 1, "d4": 1}, 10) == pytest.approx(expected)
    assert expected == pytest.approx(0.6509, abs=1e-4)


def test_ndcg_weighs_grades():
    # Järvelin and Kekäläinen's gains 3 2 3 0 1 2 with the log2(rank + 1) discount: 6.861 of 7.141.
    grades = {"a": 3, "b": 2, "c": 3, "e": 1, "f": 2}
    value = ranking.ndcg(["a", "b", "c", "d", "e", "f"], grades, 6)
    assert value == pytest.approx(6.8611 / 7.1410, abs=1e-4)


def test_ndcg_counts_relevant_items_that_were_not_found():
    assert ranking.ndcg(["d1"], {"d1": 1, "d9": 1}, 10) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_reciprocal_rank_is_of_the_first_relevant_item():
    assert ranking.reciprocal_rank(RANKED, {"d3": 1, "d4": 1}, 10) == pytest.approx(1 / 3)


def test_what_lies_below_the_depth_does_not_count():
    assert ranking.reciprocal_rank(RANKED, {"d4": 1}, 3) == 0
    assert ranking.recall(RANKED, {"d4": 1}, 3) == 0
    assert ranking.ndcg(RANKED, {"d4": 1}, 3) == 0


def test_recall_is_a_share_of_all_relevant_items():
    assert ranking.recall(RANKED, {"d1": 1, "d2": 1, "d9": 1}, 10) == pytest.approx(2 / 3)


def test_a_question_without_relevant_items_scores_nothing():
    assert ranking.ndcg(RANKED, {}, 10) == ranking.recall(RANKED, {"d1": 0}, 10) == 0


def test_an_interval_holds_its_mean_and_is_the_same_each_time():
    first = ranking.estimate([0.0, 1.0, 1.0, 0.5, 0.25] * 20)
    assert first.low < first.mean < first.high
    assert first == ranking.estimate([0.0, 1.0, 1.0, 0.5, 0.25] * 20)


def test_a_steady_gain_excludes_zero():
    theirs = [0.1 * (n % 7) for n in range(60)]
    assert ranking.difference([value + 0.05 for value in theirs], theirs).excludes_zero


def test_a_difference_of_nothing_does_not_exclude_zero():
    assert not ranking.difference([0.2, 0.4], [0.2, 0.4]).excludes_zero


def test_precision_and_coverage_at_each_threshold():
    points = ranking.precision_coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, False])
    assert [(p.threshold, p.coverage, p.precision) for p in points] == [
        (0.9, 0.25, 1.0),
        (0.8, 0.75, pytest.approx(2 / 3)),
        (0.1, 1.0, 0.5),
    ]


def test_most_coverage_at_a_promised_precision():
    points = ranking.precision_coverage([0.9, 0.8, 0.7, 0.1], [True, True, True, False])
    best = ranking.coverage_at(points, 0.95)
    assert best is not None
    assert best.coverage == 0.75
    assert ranking.coverage_at(points, 1.01) is None


@given(
    st.permutations(["a", "b", "c", "d", "e"]),
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3)),
)
def test_every_measure_lies_between_nothing_and_all(ranked, grades):
    for measure in (ranking.ndcg, ranking.reciprocal_rank, ranking.recall):
        assert 0.0 <= measure(ranked, grades, 3) <= 1.0 + 1e-12


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 3), min_size=1))
def test_the_ideal_order_scores_one(grades):
    ideal = sorted(grades, key=lambda item: -grades[item])
    assert ranking.ndcg(ideal, grades, 5) == pytest.approx(1.0)

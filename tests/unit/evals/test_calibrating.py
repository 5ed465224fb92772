"""A workspace's own confidence, fitted to planted labels."""

import numpy as np
import pytest

from supportapp.evals import calibrating, ranking
from supportapp.evals.calibrating import Case, TooFewLabels, calibrate
from supportapp.evals.curve import Curve
from supportapp.retrieval.confidence import NAMES, Model
from supportapp.retrieval.values import Clues

SHIPPED = Model(dict.fromkeys(NAMES, 0.0) | {"cosine": 6.0}, -3.0)
SPREADS = dict.fromkeys(NAMES, 0.25)


def cases(count: int, seed: int, *, by_words: bool = False) -> list[Case]:
    """Plant questions whose cosine tells the right ones, roughly; or how they are said."""
    generator = np.random.default_rng(seed)
    made = []
    for number in range(count):
        cosine = float(generator.random())
        asks = bool(generator.random() < 0.5)
        odds = (4.0 if asks else -4.0) if by_words else 8.0 * (cosine - 0.5)
        words = frozenset({"^does", "?"} if asks else {"^book", "please"})
        is_right = bool(generator.random() < 1 / (1 + np.exp(-odds)))
        made.append(Case(f"{number // 2}", Clues(cosine=cosine, words=words), is_right))
    return made


def auc(model: Model, held: list[Case]) -> float:
    odds = [[model.odds(case.clues) for case in held if case.is_right is right] for right in (1, 0)]
    return ranking.auc(*odds)


def test_how_questions_are_said_is_learned_from_labels():
    fitted = calibrate(cases(300, 1, by_words=True), SHIPPED, SPREADS)
    assert fitted.shipped_auc < 0.6
    assert fitted.auc > 0.95
    assert fitted.model.words["^does"] > 0 > fitted.model.words["^book"]


def test_words_are_left_alone_where_they_tell_nothing():
    fitted = calibrate(cases(300, 2), SHIPPED, SPREADS)
    assert fitted.freedom.words == calibrating.HELD
    assert not fitted.model.words


@pytest.mark.parametrize("seed", range(5))
def test_twenty_labels_never_wreck_what_was_shipped(seed):
    held = cases(2000, 100 + seed)
    fitted = calibrate(cases(20, seed), SHIPPED, SPREADS)
    assert auc(fitted.model, held) > auc(SHIPPED, held) - 0.02


@pytest.mark.parametrize("seed", range(3))
def test_a_promise_holds_on_questions_that_were_not_labelled(seed):
    fitted = calibrate(cases(800, seed), SHIPPED, SPREADS)
    point = fitted.curve.promising(0.9)
    assert point is not None
    held = cases(4000, 50 + seed)
    sure = [fitted.model.probability(case.clues) for case in held]
    kept = Curve.of(sure, [case.is_right for case in held]).at(point.threshold)
    assert kept.precision > 0.87
    assert kept.coverage == pytest.approx(point.coverage, abs=0.06)


def test_confidences_are_probabilities_after_calibration():
    too_sure = Model(SHIPPED.weights, 4.0)
    fitted = calibrate(cases(400, 7), too_sure, SPREADS)
    held = cases(2000, 70)
    mean = np.mean([fitted.model.probability(case.clues) for case in held])
    assert mean == pytest.approx(np.mean([case.is_right for case in held]), abs=0.05)


def test_nothing_is_learned_from_labels_of_one_kind():
    alike = [Case(str(n), Clues(cosine=0.5), True) for n in range(50)]
    with pytest.raises(TooFewLabels, match="0 are not; at least 4 of each"):
        calibrate(alike, SHIPPED, SPREADS)


def test_no_labels_say_nothing():
    with pytest.raises(TooFewLabels):
        calibrate([], SHIPPED, SPREADS)


def test_labels_of_one_conversation_are_no_reason_to_fail():
    together = [Case("one", case.clues, case.is_right) for case in cases(40, 3)]
    assert 0.0 <= calibrate(together, SHIPPED, SPREADS).auc <= 1.0

"""Kappa as the page shows it."""

import pytest

from supportapp.evals.agreement import agreement
from supportapp.review.agreement_figures import measured

YES_NO = (
    (("yes", "yes"),) * 20 + (("no", "no"),) * 15 + (("yes", "no"),) * 5 + (("no", "yes"),) * 10
)


def test_kappa_is_that_of_the_textbook():
    found = measured(YES_NO)
    assert (found.count, found.observed) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)


def test_its_interval_is_near_that_of_resampling():
    quick, slow = measured(YES_NO), agreement(YES_NO)
    assert quick.low == pytest.approx(slow.low, abs=0.05)
    assert quick.high == pytest.approx(slow.high, abs=0.05)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ((), None),
        ((("a", "a"),) * 5, None),
        ((("a", "a"), ("b", "b")), 1.0),
        ((("a", "b"), ("b", "a")), -1.0),
    ],
)
def test_the_ends_of_the_scale(pairs, kappa):
    assert measured(pairs).kappa == kappa

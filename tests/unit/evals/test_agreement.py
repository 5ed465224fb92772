"""Cohen's kappa by hand-worked figures, and the share that a difference in length explains."""

import pytest

from supportapp.evals import agreement, pairing

# Worked by hand: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no.
WORKED = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15


def test_kappa_is_the_agreement_beyond_chance():
    found = agreement.agreement(WORKED)
    assert found.observed == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert (found.words, found.is_trusted) == ("fair", False)


def test_who_always_agrees_is_trusted_once_there_are_enough():
    few, enough = [("y", "y"), ("n", "n")] * 5, [("y", "y"), ("n", "n")] * 10
    assert not agreement.agreement(few).is_trusted
    assert agreement.agreement(enough).is_trusted


def test_where_everybody_says_the_same_kappa_says_nothing():
    found = agreement.agreement([("y", "y")] * 30)
    assert (found.kappa, found.is_trusted) == (None, False)


def test_who_agrees_by_chance_has_no_kappa():
    pairs = [("y", "y"), ("y", "n"), ("n", "y"), ("n", "n")] * 10
    assert agreement.agreement(pairs).kappa == pytest.approx(0.0)


def test_a_preference_for_length_alone_is_taken_out():
    lengths = [50, 60, 70, 80, 90] * 4 + [-50, -60, -70, -80, -90] * 2
    said = ["second" if gap > 0 else "first" for gap in lengths]
    assert said.count("second") / len(said) > 0.6
    fair = pairing.fair_share(said, lengths)
    assert fair == pytest.approx(0.5, abs=0.12)


def test_a_preference_that_length_does_not_explain_stays():
    lengths = [40, -40] * 10
    assert pairing.fair_share(["second"] * 18 + ["first"] * 2, lengths) > 0.8


def test_few_pairs_say_nothing_of_length():
    assert pairing.fair_share(["second"] * 3, [1, 2, 3]) is None

"""Texts that say the same, or the same but for a fact."""

import pytest

from supportapp.gaps import alike_texts

RETURN = "You can return an item within 30 days of delivery. Refunds go to the card you paid with."


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ("You can return an item within 14 days of delivery.", "figures"),
        ("You cannot return an item within 30 days of delivery.", "negation"),
        ("Refunds never go to the card you paid with.", "negation"),
    ],
)
def test_a_changed_figure_or_a_negation_may_be_a_contradiction(other: str, kind: str):
    found = alike_texts.compare(RETURN, other).differences
    assert [each.kind for each in found] == [kind]


@pytest.mark.parametrize(
    "other",
    [
        RETURN,
        "You may return an item within thirty days of delivery.",
        "Call us from 9 to 17 on weekdays.",
        "We deliver within 14 days.",
    ],
)
def test_the_same_and_something_else_are_no_contradiction(other: str):
    assert not alike_texts.compare(RETURN, other).differences


def test_prices_and_dates_count_too():
    one = "The Plus plan costs €14 a month for each user."
    assert alike_texts.compare(one, "The Plus plan costs €19 a month for each user.").differences
    two = "The office is closed on Monday for the yearly holiday."
    assert alike_texts.compare(
        two, "The office is closed on Friday for the yearly holiday."
    ).differences


def test_a_text_that_repeats_another_is_a_duplicate():
    more = f"{RETURN} Write to us where it was damaged."
    compared = alike_texts.compare(RETURN, more)
    assert compared.overlap > 0.9
    assert alike_texts.is_duplicate(0.9, compared)
    assert not alike_texts.is_duplicate(0.9, alike_texts.compare(RETURN, "We deliver to Spain."))

"""Verdicts in yes and no, and back."""

import pytest

from supportapp.review import labelling
from supportapp.review.models import Annotation

VERDICTS = list(Annotation.Verdict.values)


@pytest.mark.parametrize("declined", [False, True])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_what_a_verdict_says_never_contradicts_it(verdict, declined):
    says = labelling.implied(verdict, declined=declined)
    assert labelling.contradiction(verdict, says, {}, declined=declined) == ""


@pytest.mark.parametrize(
    ("verdict", "given", "against"),
    [
        ("good", {"supported": False}, "supported"),
        ("good", {"tone": False}, "tone"),
        ("incomplete", {"complete": True}, "complete"),
        ("wrong", {"supported": True}, "supported"),
        ("wrong", {"supported": True, "relevant": False}, ""),
        ("should_decline", {"should_answer": True}, "should_answer"),
        ("bad_tone", {"complete": False}, ""),
    ],
)
def test_answers_that_cannot_stand_beside_a_verdict_are_named(verdict, given, against):
    assert labelling.contradiction(verdict, given, {}, declined=False) == against


def test_no_good_answer_has_an_unsupported_sentence():
    assert labelling.contradiction("good", {}, {2: False}, declined=False) == "supported"
    assert labelling.contradiction("incomplete", {}, {2: False}, declined=False) == ""


@pytest.mark.parametrize(
    ("given", "declined", "verdict"),
    [
        ({"supported": False, "complete": False}, False, "wrong"),
        ({"relevant": False}, False, "wrong"),
        ({"should_answer": False}, False, "should_decline"),
        ({"supported": True, "complete": False}, False, "incomplete"),
        ({"tone": False}, False, "bad_tone"),
        (dict.fromkeys(("supported", "relevant", "complete", "tone"), True), False, "good"),
        ({"supported": True}, False, ""),
        ({}, False, ""),
        ({"should_answer": True}, True, "should_answer"),
        ({"should_answer": False}, True, "good"),
    ],
)
def test_answers_amount_to_a_verdict_or_leave_it_open(given, declined, verdict):
    assert labelling.verdict_of(given, declined=declined) == verdict


def test_an_answer_falls_into_the_sentences_that_are_read():
    answer = "Open **Billing**. Choose *Cancel plan*. [1]\n\n1. Confirm.\n2. Done!"
    assert labelling.in_sentences(answer) == (
        "Open Billing.",
        "Choose Cancel plan. [1]",
        "Confirm.",
        "Done!",
    )

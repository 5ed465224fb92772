"""What signs weigh is written down, and adds up."""

import re
from pathlib import Path

import pytest

from supportapp.review import weights
from supportapp.review.models import Feedback, Signal

PAGE = Path(__file__).parents[3] / "docs" / "signals.md"


def test_every_sign_has_a_weight():
    assert set(weights.SIGNALS) == set(Signal.Kind.values)
    assert set(weights.RATINGS) == set(Feedback.Value.values)


def test_the_page_says_what_the_code_does():
    rows = re.findall(r"^\| `(\w+)` \| ([+−]?[\d.]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    written = {kind: float(weight.replace("−", "-")) for kind, weight in rows}
    assert written == {**weights.SIGNALS, **weights.RATINGS}


def test_a_sign_sent_often_counts_once():
    assert weights.total(["copied"] * 9) == weights.total(["copied"])


@pytest.mark.parametrize(
    ("signs", "ratings", "total"),
    [
        ([], [], 0.0),
        (["copied", "asked_again"], [], -0.1),
        (["regenerated", "asked_person", "corrected"], ["down"], -1.0),
        (["solved", "copied"], ["up"], 1.0),
    ],
)
def test_weights_add_up_within_bounds(signs, ratings, total):
    assert weights.total(signs, ratings) == total

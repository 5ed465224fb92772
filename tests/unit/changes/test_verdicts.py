"""What becomes of an answer: better, worse, changed, unchanged."""

import pytest

from supportapp.changes.verdicts import Side, Verdict, compare, is_break

DEMANDS = frozenset({"assertions", "refusal"})
ANSWER = Side("answered", "Refunds take 30 days [1].", scores={"support": 1.0}, demands=DEMANDS)


def side(
    text: str = ANSWER.text, outcome: str = "answered", error: str = "", **scores: float
) -> Side:
    return Side(outcome, text, scores=scores or {"support": 1.0}, demands=DEMANDS, error=error)


def test_the_same_words_are_unchanged_wherever_they_come_from() -> None:
    assert compare(ANSWER, side("Refunds take 30 days [2].")) is Verdict.UNCHANGED


def test_other_words_without_a_score_that_tells_are_changed() -> None:
    assert compare(ANSWER, side("Refunds take 60 days [1].")) is Verdict.CHANGED


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({"support": 0.5}, {"support": 0.9}, Verdict.BETTER),
        ({"support": 0.9}, {"support": 0.5}, Verdict.WORSE),
        ({"support": 0.9}, {"support": 0.95}, Verdict.CHANGED),
        ({"support": 0.5, "tone": 1.0}, {"support": 1.0, "tone": 0.0}, Verdict.CHANGED),
        ({"assertions": 0.5}, {"assertions": 1.0}, Verdict.BETTER),
        ({"assertions": 1.0}, {"assertions": 0.95}, Verdict.WORSE),
        # A demand that holds weighs more than words that read worse.
        ({"assertions": 0.0, "support": 1.0}, {"assertions": 1.0, "support": 0.5}, Verdict.BETTER),
        ({"refusal": 1.0}, {"refusal": 0.0}, Verdict.WORSE),
    ],
)
def test_scores_decide_where_they_moved(
    before: dict[str, float], after: dict[str, float], verdict: Verdict
) -> None:
    assert compare(side("One.", **before), side("Other.", **after)) is verdict


def test_to_answer_at_last_is_better_and_to_decline_is_worse() -> None:
    declined = side("I don't know.", "no_evidence")
    assert compare(declined, ANSWER) is Verdict.BETTER
    assert compare(ANSWER, declined) is Verdict.WORSE


def test_to_decline_is_better_where_that_is_demanded() -> None:
    answered = side("Yes.", refusal=0.0)
    declined = side("I don't know.", "no_evidence", refusal=1.0)
    assert compare(answered, declined) is Verdict.BETTER


def test_an_answer_that_broke_off_says_nothing() -> None:
    assert compare(ANSWER, side("", "", "deadline")) is Verdict.FAILED


def test_only_what_held_can_break() -> None:
    held, broken = side("Yes.", assertions=1.0), side("No.", assertions=0.5)
    assert is_break(held, broken)
    assert not is_break(broken, broken)
    assert not is_break(broken, held)
    assert not is_break(held, side("Quite.", assertions=1.0, support=0.0))

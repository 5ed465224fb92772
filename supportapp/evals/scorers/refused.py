"""Whether it was right to answer, or right to say that there is no answer. Pure."""

from __future__ import annotations

from supportapp.evals.values import ANSWERED, SAYS_NOTHING, Answered, Known, Score

NAME = "refusal"


def score(answered: Answered, known: Known) -> Score:
    """Return 1 where answering or declining was what the example expects."""
    if not known.outcome:
        return SAYS_NOTHING
    if known.outcome == ANSWERED:
        is_right = answered.is_answer
        return Score(float(is_right), "" if is_right else "declined what it should answer")
    is_right = not answered.is_answer and not answered.error
    return Score(float(is_right), "" if is_right else "answered what it should decline")

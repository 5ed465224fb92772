"""What an answer took: money and time. Less is better. Pure."""

from __future__ import annotations

from supportapp.evals.values import Answered, Score

COST, TOTAL, FIRST = "cost", "milliseconds", "first_token_ms"


def scores(answered: Answered) -> dict[str, Score]:
    """Return dollars and milliseconds; the first token's only where there was one."""
    found = {COST: Score(float(answered.cost)), TOTAL: Score(answered.milliseconds)}
    if answered.first_token_ms is not None:
        found[FIRST] = Score(answered.first_token_ms)
    return found

"""All scorers that need no model, asked about one answer. Pure."""

from __future__ import annotations

from supportapp.evals.scorers import (
    assertions,
    cited,
    expected_words,
    looked_at,
    on_track,
    ranked,
    refused,
    supported,
    taken,
    tone,
)
from supportapp.evals.values import Answered, Known, Score
from supportapp.guardrails.support import Nearness


def score(
    answered: Answered, example: Known, *, nearness: Nearness | None = None
) -> dict[str, Score]:
    """Return what each deterministic scorer says of an answer; the same answer, the same scores.

    A scorer that has nothing to say of this example (it names no article, say) is left out.
    `nearness` decides, by vectors, what words leave open of a sentence's support. An answer that
    broke off is worth nothing to the scorers of what it should have said.
    """
    found = {
        refused.NAME: refused.score(answered, example),
        assertions.NAME: assertions.score(answered, example),
        **ranked.scores(answered, example),
        **taken.scores(answered),
    }
    if answered.is_answer:
        look = looked_at.look(answered, example.question, nearness)
        found |= {
            **cited.scores(answered, example),
            supported.NAME: supported.score(look),
            expected_words.NAME: expected_words.score(answered, example),
            tone.NAME: tone.score(answered, look),
            on_track.NAME: on_track.score(answered, example, look),
        }
    return {name: each for name, each in found.items() if each.value is not None}

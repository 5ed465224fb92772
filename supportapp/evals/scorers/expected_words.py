"""How much of the expert's answer is there, by its words alone. Pure.

A poor man's recall: right words in a wrong sentence count, so it ranks and never proves.
"""

from __future__ import annotations

from supportapp.evals.scorers import wordings
from supportapp.evals.values import SAYS_NOTHING, Answered, Known, Score
from supportapp.retrieval import sentences

NAME = "expected_words"


def score(answered: Answered, known: Known) -> Score:
    """Return the share of the expert's words, stemmed, that the answer has."""
    wanted = sentences.terms(wordings.bare(known.expected), known.language)
    if not wanted:
        return SAYS_NOTHING
    said = sentences.terms(wordings.bare(answered.text), known.language)
    missing = sorted(wanted - said)
    return Score(1 - len(missing) / len(wanted), ", ".join(missing[:8]))

"""How sure a search is of its evidence."""

import json
from dataclasses import replace

import pytest

from supportapp.retrieval.confidence import (
    FITTED,
    NAMES,
    NOTHING,
    Model,
    confidence,
    model,
    spreads,
)
from supportapp.retrieval.values import Clues

GOOD = Clues(cosine=0.75, coverage=1.0, missing=0.0, strength=4.0, margin=0.4)


def test_good_evidence_is_trusted_and_poor_evidence_is_not():
    poor = Clues(cosine=0.15, coverage=0.1, missing=7.0, strength=0.3, margin=0.02, doubt=2.8)
    assert confidence(GOOD) > 0.5 > confidence(poor)


def test_without_evidence_there_is_no_confidence():
    assert confidence(NOTHING) == 0.0


@pytest.mark.parametrize("clue", ["cosine", "coverage", "strength", "margin"])
def test_a_better_clue_never_lowers_confidence(clue):
    assert confidence(replace(GOOD, **{clue: getattr(GOOD, clue) * 0.5})) <= confidence(GOOD)


def test_doubt_between_passages_never_raises_confidence():
    assert confidence(replace(GOOD, doubt=3.0)) <= confidence(GOOD)


def test_in_scripts_without_spaces_nearness_alone_is_no_evidence():
    near = Clues(cosine=0.56, coverage=0.03, strength=0.05, margin=1.0, doubt=1.2)
    assert confidence(replace(near, unspaced=1.0)) < 0.3 < confidence(near)


def test_words_count_only_where_a_workspace_learned_them():
    said = replace(GOOD, words=frozenset({"thanks", "^book"}))
    learned = Model(model().weights, model().constant, {"^book": -9.0})
    assert confidence(said) == confidence(GOOD)
    assert learned.confidence(said) < learned.confidence(GOOD)


def test_a_rare_word_that_is_missing_never_raises_confidence():
    assert confidence(replace(GOOD, missing=8.0)) <= confidence(GOOD)


def test_extreme_clues_stay_probabilities():
    assert (
        0.0
        <= confidence(Clues(-1e9, 0, 1e9, 0, 0))
        <= confidence(Clues(1e9, 1, 0, 1e9, 1e9))
        <= 1.0
    )


def test_the_numbers_name_the_command_that_made_them():
    fitted = json.loads(FITTED.read_text("utf-8"))
    assert set(fitted["weights"]) == set(model().weights) == set(spreads()) == set(NAMES)
    assert fitted["made_by"].startswith("python -m bench.retrieval")
    assert fitted["fitted_on"]

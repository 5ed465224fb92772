"""Which questions have the same answer, and which only look like it."""

import json
from pathlib import Path

import pytest

from supportapp.caching import likeness
from supportapp.caching.differences import difference
from supportapp.caching.likeness import Neighbour, all_features, rarity_among
from supportapp.caching.wording import read
from supportapp.llm.words import is_word

PAIRS = [
    json.loads(line)
    for line in Path("bench/cache/near_pairs.jsonl").read_text("utf-8").splitlines()
]
MISSES = [pair for pair in PAIRS if not pair["same"] and pair["why"] != "topic"]
SAME = [pair for pair in PAIRS if pair["same"]]
rarity = rarity_among(lambda word: 0, 1)


def compared(one: str, other: str) -> str:
    return difference(read(one, "en", is_word), read(other, "en", is_word))


@pytest.mark.parametrize("pair", MISSES, ids=lambda pair: pair["asked"])
def test_a_near_miss_is_told_apart_whichever_was_asked_first(pair: dict[str, str]):
    assert compared(pair["kept"], pair["asked"])
    assert compared(pair["asked"], pair["kept"])


@pytest.mark.parametrize("pair", SAME, ids=lambda pair: pair["asked"])
def test_another_wording_of_a_question_is_no_difference(pair: dict[str, str]):
    assert compared(pair["kept"], pair["asked"]) == ""


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Kann ich mit Konto bestellen?", "Kann ich ohne Konto bestellen?", "negation"),
        ("可以退款吗", "不可以退款吗", "negation"),
        ("Does the SM-G991 work?", "Does the SM-G990 work?", "number"),
        ("Is it covered for 1,5 years?", "Is it covered for 1.5 years?", ""),
    ],
)
def test_other_scripts_and_languages_are_guarded_too(one: str, other: str, why: str):
    assert compared(one, other) == why


def neighbour(key: int, question: str, cosine: float, answer: int) -> Neighbour:
    return Neighbour(key, read(question), cosine, answer)


def test_the_same_words_are_the_same_question_whatever_the_weights_say():
    match = likeness.best(
        read("how do i cancel my plan"), [neighbour(1, "How do I cancel my plan?", 0.9, 1)], rarity
    )
    assert match is not None
    assert match.likeness == 1.0


def test_a_neighbour_that_differs_is_never_before_one_that_does_not():
    asked = read("How do I upgrade my plan?")
    near = neighbour(1, "How do I downgrade my plan?", 0.97, 1)
    far = neighbour(2, "How can a plan be upgraded?", 0.8, 2)
    match = likeness.best(asked, [near, far], rarity)
    assert match is not None
    assert match.neighbour.key == 2


def test_neighbours_with_one_answer_make_it_likelier_than_neighbours_at_odds():
    asked = read("How can I end my plan?")
    questions = ("How do I cancel my plan?", "How do I stop my plan?", "How do I close my plan?")
    agreeing = [neighbour(n, text, 0.86 - n / 100, 1) for n, text in enumerate(questions)]
    at_odds = [neighbour(n, text, 0.86 - n / 100, n) for n, text in enumerate(questions)]
    one, other = likeness.best(asked, agreeing, rarity), likeness.best(asked, at_odds, rarity)
    assert one is not None
    assert other is not None
    assert one.likeness > other.likeness


def test_nothing_is_found_where_nothing_is_remembered():
    assert likeness.best(read("How do I cancel?"), [], rarity) is None


def test_the_shipped_numbers_weigh_exactly_the_features_that_there_are():
    fitted = json.loads(likeness.FITTED.read_text("utf-8"))
    near = [neighbour(1, "How do I cancel?", 0.9, 1)]
    assert list(fitted["weights"]) == list(all_features(read("How do I cancel?"), near, rarity)[0])
    budgets = [float(each) for each in fitted["thresholds"]]
    assert budgets == sorted(budgets)
    thresholds = list(fitted["thresholds"].values())
    assert thresholds == sorted(thresholds, reverse=True)

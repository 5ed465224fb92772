"""A question goes to the cheapest route that will do."""

import pytest

from supportapp.answering import voting
from supportapp.answering.routing import Clues, Means, Model, Route, choose, model
from supportapp.answering.voting import Sample

BY_DOUBT = Model({"doubt": 1.0}, 0.0)
EASY = Clues("How do I cancel my plan?", confidence=0.99)
HARD = Clues("Why would I pay twice, and what if I cancel?", confidence=0.1)
BOTH = {"has_small": True, "has_large": True}


def route(clues: Clues, **means: object) -> Route:
    return choose(clues, Means(**(BOTH | means)), BY_DOUBT).route  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("policy", "easy", "hard"),
    [
        ("quality", Route.SMALL, Route.LARGE),
        ("balanced", Route.SMALL, Route.LARGE),
        ("cheap", Route.QUOTING, Route.LARGE),
        ("quoting", Route.QUOTING, Route.QUOTING),
    ],
)
def test_a_policy_says_how_hard_a_question_each_route_may_take(
    policy: str, easy: Route, hard: Route
):
    assert route(EASY, policy=policy) is easy
    assert route(HARD, policy=policy) is hard


def test_without_a_model_it_is_quoted_and_with_one_that_one_answers():
    assert route(HARD, has_small=False, has_large=False) is Route.QUOTING
    assert route(EASY, has_small=False) is Route.LARGE
    assert route(HARD, has_large=False) is Route.SMALL


def test_a_low_budget_moves_to_a_cheaper_policy_and_a_spent_one_to_quoting():
    low = choose(EASY, Means("balanced", **BOTH, budget_left=0.1), BY_DOUBT)
    assert (low.policy, low.route, low.reasons) == ("cheap", Route.QUOTING, ("budget_low", "easy"))
    spent = choose(HARD, Means(**BOTH, budget_left=0.0), BY_DOUBT)
    assert (spent.route, spent.is_out_of_budget) == (Route.QUOTING, True)


def test_a_question_that_failed_before_goes_to_the_large_model():
    again = Clues(EASY.text, EASY.confidence, turns=1, failures=1)
    assert route(again) is Route.LARGE
    assert route(again, policy="cheap") is Route.LARGE
    assert route(again, budget_left=0.1) is Route.SMALL


def test_critical_words_are_voted_on_while_the_budget_lasts():
    critical = {"critical": ["overdose"], "votes": 3}
    asked = Clues("What do I do after an overdose?", 0.95)
    assert route(asked, **critical) is Route.VOTING
    assert route(asked, **critical, budget_left=0.1) is Route.LARGE
    assert route(Clues("Overdosed batteries?", 0.95), **critical) is Route.SMALL
    rewritten = Clues("What do I do then?", 0.95, also="and after an overdose?")
    assert route(rewritten, **critical) is Route.VOTING


def test_a_critical_word_needs_no_spaces_where_its_language_has_none():
    assert route(Clues("我想退款怎么办", 0.95), critical=["退款"], votes=3) is Route.VOTING


def test_what_was_not_surely_found_is_not_quoted_for_being_easy():
    unsure = Clues(EASY.text, EASY.confidence, is_sure=False)
    assert route(unsure, policy="cheap") is Route.SMALL


def test_the_cheap_policy_counts_until_the_budget_is_spent():
    low = choose(HARD, Means("cheap", **BOTH, budget_left=0.1), BY_DOUBT)
    assert (low.policy, low.route) == ("cheap", Route.LARGE)
    assert not low.is_degraded


def test_an_unknown_policy_is_the_balanced_one():
    assert choose(EASY, Means("gone", **BOTH), BY_DOUBT).policy == "balanced"


def test_the_shipped_model_takes_doubt_for_difficulty():
    assert model().difficulty(HARD) > model().difficulty(EASY)


def test_the_answer_that_most_samples_give_wins():
    samples = [
        Sample("Ten days.", frozenset({2})),
        Sample("Thirty days.", frozenset({1})),
        Sample("30 days.", frozenset({1})),
        Sample("I don't know.", frozenset(), is_answer=False),
    ]
    near = [[1.0, 0.9, 0.5, 0.1], [0.9, 1.0, 0.9, 0.1], [0.5, 0.9, 1.0, 0.1], [0.1, 0.1, 0.1, 1.0]]
    vote = voting.count(samples, near)
    assert (vote.winner, vote.votes, vote.agreement) == (1, (1, 2, 2, 1), 0.5)


def test_samples_that_all_decline_agree():
    declined = [Sample("I don't know.", frozenset(), is_answer=False)] * 3
    assert voting.count(declined, [[1.0] * 3] * 3).agreement == 1.0

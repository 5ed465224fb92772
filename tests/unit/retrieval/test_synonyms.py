"""Synonyms widen a question by what staff say means the same, and by nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.retrieval.analysis import weighted
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.synonyms import (
    MOST_ADDED,
    SYNONYM_WEIGHT,
    Expansion,
    Group,
    compiled,
    expand,
)
from supportapp.retrieval.values import Limits, SearchQuery
from supportapp.retrieval.view import KeywordView

PHRASES = st.lists(
    st.sampled_from(
        ["refund", "money back", "log in", "sign on", "2FA", "two-factor code", "退款", "and", ""]
    ),
    max_size=5,
).map(tuple)
GROUPS = st.lists(st.builds(Group, PHRASES, st.booleans()), max_size=6).map(tuple)
QUESTIONS = st.lists(
    st.sampled_from(
        ["how do I", "refund", "money", "back", "log", "in", "sign on", "2fa", "two-factor", "退款"]
    ),
    max_size=8,
).map(" ".join)


def widened(question: str, *groups: Group) -> Expansion:
    return expand(weighted(question), compiled(groups, ("en",)))


@given(QUESTIONS, GROUPS)
def test_no_term_of_the_question_is_lost_or_weighs_less(question, groups):
    own = weighted(question)
    found = widened(question, *groups).weights
    assert {term: found[term] for term in own} == own


@given(QUESTIONS, GROUPS)
def test_widening_again_adds_nothing(question, groups):
    once = widened(question, *groups)
    rules = compiled(groups, ("en",))
    assert expand(once.own, rules) == once
    assert expand(once.own, (*rules, *rules)).weights == once.weights


@given(QUESTIONS, GROUPS)
def test_what_was_added_leads_no_further(question, groups):
    found = widened(question, *groups)
    assert all(rule.said <= found.own.keys() for rule in found.rules)


@given(st.integers(0, 60), st.integers(1, 4))
@settings(deadline=None)
def test_what_is_added_is_limited(size, copies):
    group = Group(("refund", *(f"word{number} more{number}" for number in range(size))))
    assert len(widened("a refund", *([group] * copies)).added) <= MOST_ADDED


@given(QUESTIONS, GROUPS)
def test_what_is_added_weighs_less_than_what_was_said(question, groups):
    found = widened(question, *groups)
    most = max(found.own.values(), default=0.0)
    assert all(0 < value <= most * SYNONYM_WEIGHT for value in found.added.values())


def test_a_phrase_counts_only_where_all_of_it_stands_together():
    group = Group(("money back", "refund"))
    assert "refund" in widened("I want my money back", group).added
    assert not widened("Is my money safe when I come back?", group).added
    assert not widened("back money", group).added


def test_one_way_groups_widen_their_first_phrase_alone():
    group = Group(("plan", "subscription"), is_one_way=True)
    assert widened("my plan", group).added
    assert not widened("my subscription", group).added


def test_a_group_of_one_language_is_read_in_that_language():
    groups = (Group(("Rechnung", "Beleg"), language="de"),)
    assert not compiled(groups, ("en",))
    assert len(compiled(groups, ("de", "en"))) == 2


def test_chinese_phrases_are_found_within_a_sentence():
    assert "refund" in widened("我想要退款可以吗", Group(("退款", "refund"))).added


@pytest.mark.parametrize("phrases", [(), ("refund",), ("and", "the"), ("refund", "refunds")])
def test_groups_that_say_nothing_new_are_harmless(phrases):
    assert not widened("a refund", Group(phrases)).added


def passage(number: int, text: str) -> IndexedPassage:
    return IndexedPassage(number, number, "", (), text, "public", "en", "", (), ())


def look(index: WorkspaceIndex, text: str) -> KeywordView:
    return index.look(SearchQuery(text), frozenset({"public"}), Limits())


def test_a_passage_in_other_words_is_found_and_holds_the_word():
    index = WorkspaceIndex(1)
    index.apply([passage(1, "Get your money back"), passage(2, "Opening hours")], (), 1)
    assert look(index, "a reimbursement").ranked == ()
    index.use_synonyms([Group(("reimbursement", "money back"))])
    view = look(index, "a reimbursement")
    assert view.ranked == (1,)
    assert view.held([1, 2]).tolist() == [[True, False]]


def test_the_words_of_the_question_itself_count_more():
    index = WorkspaceIndex(1)
    texts = ["Refund in days", "Money back in days", "Hours", "Prices", "Seats"]
    index.apply([passage(number, text) for number, text in enumerate(texts)], (), 1)
    index.use_synonyms([Group(("refund", "money back"))])
    assert look(index, "refund").ranked == (0, 1)

"""Matched words are marked where the text says them, whatever their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.retrieval.analysis import analyser
from supportapp.retrieval.marking import pieces, spelling, spellings

TEXTS = st.text(st.sampled_from("aZ bé 'é-_.2ß退款的ﾊﾟ!\n①İ"), max_size=40)


def marked(text: str, question: str, language: str = "en") -> list[str]:
    terms = set(analyser(language).terms(question))
    return [piece.text for piece in pieces(text, terms, language) if piece.is_marked]


@given(TEXTS, TEXTS)
def test_the_pieces_are_the_whole_text(text, question):
    terms = set(analyser().terms(question))
    assert "".join(piece.text for piece in pieces(text, terms, "en")) == text


@given(TEXTS)
def test_all_words_of_a_text_are_marked_by_itself(text):
    if analyser().words(text):
        assert marked(text, text)


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("Refunds take ten days.", "my refund", ["Refunds"]),
        ("Error TB-204 means this.", "what is tb204?", ["TB-204"]),
        ("The café closes.", "cafe", ["café"]),
        ("Nothing of it.", "refund", []),
        ("年度套餐可以退款。", "怎么退款", ["退款"]),
    ],
)
def test_words_are_marked_in_any_form(text, question, expected):
    assert marked(text, question) == expected


def test_terms_are_spelt_as_the_question_does():
    written = spellings("Cancelling subscriptions", "en")
    assert spelling("cancel subscript", written) == "Cancelling subscriptions"
    assert spelling("unknown", written) == "unknown"

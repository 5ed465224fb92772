"""Misspelt words of a question: which are put right, as what, and what is left alone."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportapp.llm.words import is_word
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.spelling import best, corrected, edits
from supportapp.retrieval.synonyms import Group

MOST = 3
TEXTS = (
    "You can reset a forgotten password on the sign-in page.",
    "A refund of the yearly subscription is paid within ten days. Refunds take a while.",
    "The account is locked. Accounts are unlocked after 15 minutes.",
    "Tallybird Scan: update the firmware; error TB-623 means that it cannot join the Wi-Fi.",
    "Settings > Billing > Payment method. Files and invoices are there. Order a webhook.",
    "During an outage, webhooks are sent again.",
)
WORDS = sorted({word for text in TEXTS for word in re.findall("[A-Za-z]+", text)})


def made_of(texts: Mapping[str, str]) -> WorkspaceIndex:
    index = WorkspaceIndex(1)
    index.apply(
        (
            IndexedPassage(
                number, number, "", (), text, "public", language, "", ("Zoomly",), ("invoicing",)
            )
            for number, (text, language) in enumerate(texts.items(), start=1)
        ),
        (),
        1,
    )
    return index


INDEX = made_of(dict.fromkeys(TEXTS, "en") | {"要重置密码，请打开登录页面。": "zh"})


def read(text: str, *, most: int = MOST) -> str:
    return corrected(text, INDEX, is_word, most=most)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("I forgot my pasword", "I forgot my password"),
        ("refudn for my subscripton", "refund for my subscription"),
        ("the acount is loccked", "the account is locked"),
        ("my tallybrid", "my tallybird"),
        ("paymemt", "payment"),
        ("the fimware", "the firmware"),
        ("an outagr", "an outage"),
        ("webhokos", "webhooks"),
        ("Pasword?", "Password?"),
        ("HOW DO I RESET MY PASWORD", "HOW DO I RESET MY PASSWORD"),
        ("wich invoice", "which invoice"),
        ("重置pasword", "重置pasword"),
        ("密码 pasword", "密码 password"),
    ],
)
def test_a_misspelt_word_is_read_as_the_one_that_was_meant(asked: str, meant: str):
    assert read(asked) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "which films are on",
        "my gym membership",
        "nouns and parcels",
        "is it in YNAB",
        "ODER",
        "error TB-624",
        "look at pasword.example/acount or mail acount@refudn.example",
        "zoomly invoicing",
        "我忘记密码了怎么办",
        "pas wor",
        "",
    ],
)
def test_words_codes_addresses_and_other_scripts_are_left_alone(asked: str):
    assert read(asked) == asked


def test_too_many_slips_are_another_language():
    assert read("pasword acount refudn paymemt") == "pasword acount refudn paymemt"
    assert read("pasword", most=0) == "pasword"


def test_words_that_staff_keep_as_synonyms_are_known():
    index = made_of({"Refunds take ten days": "en"})
    assert corrected("refunx", index, is_word, most=MOST) == "refund"
    index.use_synonyms([Group(("refunx", "refund"))])
    assert corrected("refunx", index, is_word, most=MOST) == "refunx"


def test_swapped_and_doubled_letters_come_before_the_more_usual_word():
    usual = dict.fromkeys((f"form {number}" for number in range(5)), "en")
    index = made_of(usual | {"from here: forrm": "en"})
    assert best("fomr", index, is_word) == "form"
    assert best("paaid", made_of({"paid": "en", "plaid, plaid": "en"}), is_word) == "paid"


def test_an_empty_index_corrects_stop_words_at_most():
    assert corrected("wich pasword", WorkspaceIndex(1), is_word, most=MOST) == "which pasword"


def test_every_edit_is_one_edit_away_and_comes_with_one_kind():
    found = dict(edits("abba"))
    assert {"abb", "aba", "bba", "abbba", "abab", "baba", "abva", "xabba"} <= found.keys()
    assert [found[text] for text in ("aba", "abbba", "abab", "abb", "abva")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert "abba" not in found
    assert "abca" not in found, "a short word's letter is mistaken for a neighbour or a vowel"
    assert {"ebba", "sbba"} <= found.keys()
    assert "ababcx" in dict(edits("ababca")), "a long word's for any other"
    assert all(abs(len(text) - 4) <= 1 for text in found)


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_a_question_of_held_words_never_changes(asked: str):
    assert read(asked) == asked


LETTERS = st.characters(codec="utf-8") | st.sampled_from("abcdefgo pnswrdİßŉéü-.'’@")
ASKED = st.text(LETTERS, max_size=60) | st.builds(
    lambda word, place, letter: word[:place] + letter + word[place + 1 :],
    st.sampled_from(WORDS),
    st.integers(0, 8),
    st.sampled_from("aeozé"),
)


@given(ASKED)
@example("wich pasword")
@example("Straße ŉder İnvoıce")
def test_reading_twice_changes_nothing_more_and_lengths_change_by_the_edits(asked: str):
    once = read(asked)
    assert read(once) == once
    assert abs(len(once) - len(asked)) <= MOST

"""How a message is said, beside what it is about."""

import pytest

from supportapp.retrieval import speech


def test_grammar_marks_and_beginnings_are_kept():
    said = speech.words("Thanks! Does it have Wi-Fi?")
    assert {"^thanks", "thanks", "!", "^does", "does", "it", "?"} <= said


def test_numbers_are_all_alike():
    assert speech.words("2 nights for 8 people") == {"#", "^#", "nights", "for", "people"}


def test_scripts_without_spaces_are_read_by_characters():
    assert {"吗", "?", "^可"} <= speech.words("可以退款吗？")


@pytest.mark.parametrize("text", ["", "  \n ", "…", "—"])
def test_nothing_said_has_no_words(text):
    assert speech.words(text) == frozenset()


def test_curly_apostrophes_are_apostrophes():
    assert speech.words("I don’t know") == speech.words("I don't know")


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("#", "says a number"),
        ("^does", "a sentence begins with “does”"),
        ("thanks", "says “thanks”"),
    ],
)
def test_staff_read_a_word_as_a_clue(word, shown):
    assert speech.described(word) == shown

"""What no reader sees is taken out; what scripts need stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.knowledge.cleaning import clean, clean_line


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u202e",
        "\u2066",
        "\U000e0041",
        "\ufeff",
        "\u00ad",
        "\x00",
        "\x1b",
        "\ue000",
        "\u2063",
        "\U000e0101",
        "\ud800",
    ],
)
def test_invisible_characters_are_taken_out(hidden: str):
    assert clean(f"pay{hidden}pal") == "paypal"


def test_a_joiner_stays_where_a_script_or_an_emoji_needs_it():
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("👩\u200d💻") == "👩\u200d💻"
    assert clean("a\u200db") == "ab"


def test_line_ends_become_one_kind():
    assert clean("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd\te"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str):
    once = clean(text)
    assert clean(once) == once
    assert "\n" not in clean_line(text)

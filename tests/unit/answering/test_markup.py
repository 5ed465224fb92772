"""HTML that writers mixed into their Markdown is read as Markdown, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering import blocks, markup
from supportapp.answering.blocks import Listing, Paragraph


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Press <kbd>Ctrl</kbd> + <kbd>Z</kbd>.", "Press Ctrl + Z."),
        ('<a class="x" href="https://a.example/b">Get it</a>', "[Get it](https://a.example/b)"),
        ('<a id="old"></a>Still here.', "Still here."),
        ('<a href="javascript:alert(1)">Here</a>', "Here"),
        ('<div class="x"><img src="a.svg">\n <span>Get it</span></div>', "Get it"),
        ("Before<!-- never\nshown -->after", "Beforeafter"),
        ('<p style="display:none;">\n  Tags: como\n</p>Shown.', "Shown."),
        ("One<br>two", "One two"),
        ("<script>alert(1)</script>Safe", "Safe"),
        ("2 < 3 and <username> stay", "2 < 3 and <username> stay"),
        ("`<b>` and\n```\n<div>\n```\nstay", "`<b>` and\n```\n<div>\n```\nstay"),
        ("<https://a.example>", "<https://a.example>"),
    ],
)
def test_tags_go_and_what_they_say_stays(written: str, read: str) -> None:
    assert markup.as_markdown(written).strip() == read


def test_a_passage_is_read_without_its_tags() -> None:
    paragraph = '<div class="hub">\n  <p>Boards are reset by a button.</p>\n</div>'
    text = f"{paragraph}\n\n<ul><li>One</li><li>Two</li></ul>"
    assert blocks.parse(text) == (
        Paragraph("", ("Boards are reset by a button.",)),
        Listing("", "", ("One", "Two"), ordered=False),
    )


@given(st.text(alphabet="ab <>/!-`pdiv=\"'\n"))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(markup.as_markdown(text), str)


@given(st.text(alphabet=st.characters(exclude_characters="<")))
def test_a_text_without_tags_stays_as_it_is(text: str) -> None:
    assert markup.as_markdown(text) == text

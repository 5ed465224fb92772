"""Sentences, blocks, questions from titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering import blocks, suggestions
from supportapp.answering.blocks import Code, Listing, Paragraph, Table
from supportapp.retrieval import sentences
from tests.unit.answering.conftest import TEXTS, evidence_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plus is €5.90 a month. Family is €9.90.", 2),
        ("Write to e.g. your bank. Then wait.", 2),
        ("Use a code, i.e. TB-204, at 5 p.m. today.", 1),
        ("“Is it free?” Yes! It is.", 3),
        ("打开设置。选择“删除”。完成！", 3),
        ("Open **Settings > Account.** Then choose it.", 2),
        ("See status.tallybird.example now. Then wait.", 2),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: int) -> None:
    assert len(sentences.split(text)) == expected


@given(st.text(alphabet="ab.!? 中。”\n", max_size=80))
def test_splitting_loses_no_letter(text: str) -> None:
    assert "".join("".join(sentences.split(text)).split()) == "".join(text.split())


def test_markup_is_taken_out_for_reading() -> None:
    assert (
        sentences.plain("Open **Settings** and [this](x.md) `code`")
        == "Open Settings and this code"
    )


def test_a_passage_is_read_into_blocks() -> None:
    text = (
        "# Title\n\nFirst. Do this:\n\n1. One\n2. Two\n   - nested\n\n> [!NOTE] Mind this.\n\n"
        "| A | B |\n|---|---|\n| 1 | 2 |\n\nRun:\n\n```\npip\n```\n"
    )
    first, steps, note, table, code = blocks.parse(text)
    assert first == Paragraph("Title", ("First.",))
    assert steps == Listing("Title", "Do this:", ("One", "Two\n   - nested"), ordered=True)
    assert note == Paragraph("Title", ("Mind this.",))
    assert table == Table("Title", "", ("A", "B"), (("1", "2"),))
    assert code == Code("Title", "Run:", "```\npip\n```")


def test_items_with_blank_lines_between_them_are_one_list() -> None:
    (listing,) = blocks.parse("1. One\n\n2. Two\n\n3. Three")
    assert isinstance(listing, Listing)
    assert listing.items == ("One", "Two", "Three")


def test_a_list_that_was_split_keeps_its_numbers() -> None:
    (listing,) = blocks.parse("3. Three\n4. Four")
    assert isinstance(listing, Listing)
    assert listing.start == 3


@given(st.text(alphabet="ab|-*1. \n#>`:", max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(blocks.parse(text), tuple)


@pytest.mark.parametrize(
    ("title", "question"),
    [
        ("Delete your account", "How do I delete my account?"),
        ("How to reset your password", "How do I reset my password?"),
        ("Can I get a deleted account back?", "Can I get a deleted account back?"),
        ("Refund policy", "Refund policy"),
        ("Which banks work with Tallybird", "Which banks work with Tallybird?"),
        ("What the light on your Scan means", "Can you tell me what the light on my Scan means?"),
        ("删除账户", "怎么删除账户？"),
        ("退款政策", "退款政策"),
    ],
)
def test_titles_become_questions(title: str, question: str) -> None:
    assert suggestions.as_question(title) == question


def test_suggestions_come_from_what_the_answer_did_not_use() -> None:
    proposed = suggestions.propose(
        evidence_of(TEXTS), cited=[101], question="Are yearly plans refunded?"
    )
    assert proposed == ("How do I cancel my plan?", "How do I ask for a refund?")


def test_a_heading_that_its_text_completes_is_not_suggested() -> None:
    close = ("close", "Close or cancel?", ("Cancel",), "Cancel to stop paying.")
    delete = ("close", "Close or cancel?", ("Delete if",), "you want nothing kept.")
    proposed = suggestions.propose(evidence_of([close, delete]), cited=[101], question="Cancel?")
    assert proposed == ()


def test_what_was_asked_is_not_suggested_again() -> None:
    proposed = suggestions.propose(
        evidence_of(TEXTS), cited=[101], question="how can I cancel the plan"
    )
    assert "How do I cancel my plan?" not in proposed


@pytest.mark.parametrize(
    ("broken", "shown"),
    [
        ("To cancel, open **Settings > Bil", "To cancel, open Settings > Bil"),
        ("Open **Settings**, then **", "Open **Settings**, then"),
        ("Refunded in full [1", "Refunded in full"),
        ("Run `make ru", "Run make ru"),
        ("**Whole**\n\nand `done` [1].", "**Whole**\n\nand `done` [1]."),
        ("```\ncode `", "```\ncode"),
        ("", ""),
    ],
)
def test_a_text_that_broke_off_has_no_loose_ends(broken: str, shown: str) -> None:
    assert sentences.without_loose_ends(broken) == shown


def test_a_line_of_small_letters_alone_is_read_in_one_go() -> None:
    # In time that grows with the square of the length, this would take many minutes.
    text = " ".join(["ok. e.g."] * 50_000)
    assert sentences.split(text) == (text,)

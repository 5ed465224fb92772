"""Splitting keeps every word, respects its limit and cuts where texts do."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.knowledge import chunking
from supportapp.knowledge.chunking import Limits, Section
from supportapp.knowledge.plaintext import embedding_text
from supportapp.knowledge.sizes import tokens

WORD = st.text("abcdefghijklmnopqrstuvwxyzäéß0123456789", min_size=1, max_size=14)
SENTENCE = st.lists(WORD, min_size=1, max_size=25).map(
    lambda words: " ".join(words).capitalize() + "."
)
CHINESE = st.text("年付套餐可以退款吗连接银行账户", min_size=1, max_size=60).map(
    lambda text: text + "。"
)
PARAGRAPH = st.lists(SENTENCE | CHINESE, min_size=1, max_size=12).map(" ".join)
ITEMS = st.lists(SENTENCE, min_size=1, max_size=20)
BULLETS = ITEMS.map(lambda items: "\n".join(f"- {item}" for item in items))
NUMBERS = ITEMS.map(lambda items: "\n".join(f"{n}. {item}" for n, item in enumerate(items, 1)))
CODE = st.lists(WORD, min_size=1, max_size=60).map(
    lambda lines: "```\n" + "\n".join(lines) + "\n```"
)
ROWS = st.lists(st.tuples(WORD, WORD), min_size=1, max_size=50)
TABLE = ROWS.map(
    lambda rows: "| one | two |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
)
HEADING = st.tuples(st.integers(1, 4), WORD).map(lambda pair: "#" * pair[0] + " " + pair[1])
DEFINITION = WORD.map(lambda word: f"[{word}]: https://tallybird.example/{word}")
BLOCK = PARAGRAPH | BULLETS | NUMBERS | CODE | TABLE | HEADING | DEFINITION
BODY = st.lists(BLOCK, max_size=10).map("\n\n".join)
LIMITS = st.integers(100, 240).map(lambda most: Limits(target=most * 3 // 4, most=most))
WORDS = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    return WORDS.findall(text)


def all_words(sections: list[Section]) -> list[str]:
    return [
        word
        for section in sections
        for part in (*section.headings, section.text)
        for word in words(part)
    ]


@settings(max_examples=150, deadline=None)
@given(BODY, LIMITS)
def test_no_word_is_lost(body: str, limits: Limits):
    kept = set(all_words(chunking.split("Title", body, limits)))

    assert set(words(body)) <= kept


@settings(max_examples=150, deadline=None)
@given(BODY, LIMITS)
def test_no_passage_exceeds_the_limit(body: str, limits: Limits):
    for section in chunking.split("Title", body, limits):
        path = " > ".join(("Title", *section.headings))
        room = max(limits.most - tokens(path), chunking.LEAST)
        assert tokens(section.text) <= room


@settings(max_examples=100, deadline=None)
@given(st.lists(PARAGRAPH, min_size=1, max_size=6).map("\n\n".join))
def test_paragraphs_come_back_in_order_and_once(body: str):
    sections = chunking.split("Title", body)

    assert "".join("".join(section.text.split()) for section in sections) == "".join(body.split())


@settings(max_examples=100, deadline=None)
@given(BODY)
def test_places_point_at_the_text(body: str):
    for section in chunking.split("Title", body):
        assert 0 <= section.start < section.end <= len(body)
        first = words(section.text)
        assert set(first) & set(words(body[section.start : section.end]))


@given(st.text(max_size=2000))
def test_any_text_at_all_can_be_split(body: str):
    chunking.split("Title", body)


def test_a_long_table_repeats_its_header_in_each_passage():
    rows = "\n".join(f"| code TB-{number} | what it means in many words |" for number in range(60))

    sections = chunking.split("Errors", f"| Code | Meaning |\n|:---|---:|\n{rows}")

    assert len(sections) > 2
    assert all(section.text.startswith("| Code | Meaning |\n|---|---|\n") for section in sections)


def test_a_padded_table_loses_its_padding_and_no_cell():
    section = chunking.split("T", "| A      | B |\n|:-------|---|\n| a \\| b | c |")[0]

    assert section.text == "| A | B |\n|---|---|\n| a \\| b | c |"


def test_list_items_stay_whole():
    items = [f"- Item {number} has a sentence of several words in it." for number in range(60)]

    sections = chunking.split("List", "\n".join(items))

    assert len(sections) > 2
    assert [line for section in sections for line in section.text.split("\n")] == items


def test_split_code_is_fenced_in_every_passage():
    code = "```python\n" + "\n".join(f"    value_{n} = {n}" for n in range(120)) + "\n```"

    sections = chunking.split("Code", code)

    assert len(sections) > 2
    assert all(
        section.text.startswith("```python\n    value_") and section.text.endswith("\n```")
        for section in sections
    )


def test_the_path_of_headings_travels_with_each_passage():
    sections = chunking.split("T", "Intro.\n\n## A\n\nx\n\n### *B*\n\ny\n\n## C\n\nz")

    assert [section.headings for section in sections] == [(), ("A",), ("A", "B"), ("C",)]


def test_a_heading_with_nothing_beneath_it_is_kept():
    sections = chunking.split("T", "## Alone\n\n## Other\n\nText.")

    assert (sections[0].headings, sections[0].text) == (("Alone",), "Alone")


def test_chinese_sentences_are_not_cut_in_the_middle():
    sections = chunking.split("退款", "年付套餐在首次付款后三十天内可以全额退款。" * 40)

    assert len(sections) > 2
    assert all(section.text.endswith("。") for section in sections)


def test_a_word_longer_than_a_passage_is_cut_and_kept():
    key = "x" * 9000

    sections = chunking.split("Key", key)

    assert "".join(section.text for section in sections) == key


def test_a_rule_between_two_parts_is_no_passage():
    assert [section.text for section in chunking.split("T", "One.\n\n## A\n\n---\n\n")] == ["One."]


def test_what_is_embedded_has_no_link_targets_and_no_title_twice():
    text = embedding_text("Refunds", ("How",), "See [the policy](https://a.example/x) **now**.")

    assert text == "Refunds > How\nSee the policy now."
    assert (
        embedding_text("Yearly plans are…", (), "Yearly plans are refunded.")
        == "Yearly plans are refunded."
    )


def test_a_heading_is_known_without_its_anchor() -> None:
    sections = chunking.split("Reset", "## Reset the sketch {#reset-the-sketch}\n\nPress twice.")
    assert sections[0].headings == ("Reset the sketch",)

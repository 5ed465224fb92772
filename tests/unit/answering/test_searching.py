"""Markup in a question says nothing of what is asked: it isn't searched for."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering.searching import query, without_markup
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Utterance
from tests.unit.answering.conftest import FoundThis, hear, make_parts, make_question


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("<img src=x onerror=alert(1)> how do refunds work?", "how do refunds work?"),
        (
            "`code` <script>alert('x')</script> how do I get a refund?",
            "code how do I get a refund?",
        ),
        ("<style>p { color: red }</style>Where is my invoice?", "Where is my invoice?"),
        ("<!-- hidden --> Where is my invoice?", "Where is my invoice?"),
        ("<b>How</b> do <i class='x'>refunds</i> work?", "How do refunds work?"),
        ('<a href="https://evil.test/?a>b">How do refunds work?</a>', "How do refunds work?"),
        ("How do<br>refunds<BR/>work?", "How do refunds work?"),
        ("```\nTB-204\n```\nWhat does it mean?", "TB-204 What does it mean?"),
        ("<svg/onload=alert(1)>How do refunds work?", "How do refunds work?"),
        ("<script>alert(1) how do refunds work?", "script alert(1) how do refunds work?"),
        ("How do refunds &amp; credits&nbsp;work?", "How do refunds & credits work?"),
    ],
)
def test_markup_is_not_searched_for(written: str, searched: str) -> None:
    assert without_markup(written) == searched


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("what does <img> do in the widget", "what does img do in the widget"),
        ("What is `<script>` for?", "What is script for?"),
        ("what does <br> do?", "what does br do?"),
        ("<img src=x>", "img src=x"),
        ("what is <b></b>", "what is b /b"),
    ],
)
def test_a_question_about_a_tag_keeps_its_name(written: str, searched: str) -> None:
    assert without_markup(written) == searched


@pytest.mark.parametrize(
    "text",
    [
        "How do refunds work?",
        "Is 3 < 5 and 7 > 2 in a budget?",
        "What does <TB-204> mean?",
        "Write to <help@tallybird.example>, is that right?",
        "Where does <https://tallybird.example/help> lead?",
        "如何退款？",
        "R&D costs, x<y",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert without_markup(text) == text


def test_the_pipeline_searches_without_markup_and_keeps_the_question() -> None:
    search = FoundThis()
    question = make_question(
        "<img src=x onerror=alert(1)> And monthly plans?",
        [Utterance("U", "<b>How</b> do refunds work?"), Utterance("S", "In 3 < 5 days.")],
    )
    asyncio.run(hear(question, make_parts(search=search)))
    assert search.asked[0].text == "And monthly plans?"
    assert [each.text for each in search.asked[0].context] == [
        "How do refunds work?",
        "In 3 < 5 days.",
    ]
    assert question.text.startswith("<img")
    assert query(question) == search.asked[0]


def test_markup_does_not_hide_the_language() -> None:
    search = FoundThis(evidence=(), confidence=0.0)
    question = make_question("<img src=x onerror=alert(document.cookie)> 如何退款？")
    answer = asyncio.run(hear(question, make_parts(search=search))).answer
    assert sentences.language_of(answer.text) == "zh"


@given(st.text(st.sampled_from("<>/\"'=`~&; -!abimgscript\n\u9000"), max_size=200))
def test_something_is_left_to_search_for(text: str) -> None:
    searched = without_markup(text)
    assert bool(sentences.terms(text)) == bool(sentences.terms(searched))


@pytest.mark.parametrize("piece", ["<script>", "<b a='", "<!--", '<b "', "<", "`", "&lt"])
def test_hostile_markup_costs_no_time(piece: str) -> None:
    text = (piece * 2000)[:2000]
    began = time.process_time()
    without_markup(text)
    assert time.process_time() - began < 0.5

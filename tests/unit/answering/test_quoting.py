"""Quoted answers: the articles' own words, whole steps, matching rows, no headings."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.answering import choosing, composing, quoting
from supportapp.answering.composing import Quotation
from supportapp.retrieval import sentences
from tests.unit.answering.conftest import evidence_of

LIGHTS = (
    "The light on your scanner has four colours. No light means that it has no power.\n\n"
    "| Light | Meaning | What to do |\n| --- | --- | --- |\n"
    "| White | Ready | Feed in a receipt |\n| Blue | Pairing | Finish the steps |\n"
    "| Red | Error | Open **Scan** to see the code |"
)
STEPS = (
    "Do this on the web:\n\n1. Open **Settings > Bank**.\n2. Choose your bank. Some appear twice.\n"
    "3. Approve the connection."
)


def quote(
    question: str,
    texts: Sequence[tuple[str, str, tuple[str, ...], str]],
    *,
    most: int = 120,
    language: str = "en",
) -> Quotation:
    found = quoting.sources(evidence_of(texts), language)
    scored = quoting.score(question, quoting.units(found), found, ())
    chosen = choosing.choose(scored, found, most_words=most)
    return composing.write(chosen, found, question)


def test_the_answer_is_the_articles_words_with_its_number() -> None:
    text = "Yearly plans are refunded within 30 days. Monthly plans are not."
    quotation = quote("are yearly plans refunded", [("r", "Refunds", (), text)])
    assert quotation.text.startswith("Yearly plans are refunded within 30 days.")
    assert quotation.text.endswith("[1]")


def test_steps_stay_together_with_the_sentence_before_them() -> None:
    quotation = quote("how do I connect my bank", [("b", "Connect a bank", (), STEPS)])
    assert "Do this on the web:" in quotation.text
    assert "1. Open **Settings > Bank**.\n2. Choose your bank." in quotation.text
    assert quotation.text.endswith("3. Approve the connection. [1]")


def test_steps_too_long_are_quoted_by_their_first_sentences() -> None:
    long = "\n".join(
        f"{n}. Do thing {n} in the settings. " + "More words follow. " * 8 for n in range(1, 7)
    )
    quotation = quote("how do I do the thing in the settings", [("a", "Thing", (), long)])
    assert "6. Do thing 6 in the settings. [1]" in quotation.text
    assert sentences.count_words(quotation.text) <= 130


def test_a_table_shrinks_to_the_rows_asked_for() -> None:
    quotation = quote("what does the red light mean", [("l", "Lights", (), LIGHTS)])
    assert "| Red | Error | Open **Scan** to see the code [1] |" in quotation.text
    assert "| Light | Meaning | What to do |" in quotation.text
    assert "Blue" not in quotation.text


def test_a_table_is_streamed_as_words() -> None:
    quotation = quote("what does the red light mean", [("l", "Lights", (), LIGHTS)])
    streamed = "".join(quotation.stream())
    assert "Light: Red; Meaning: Error; What to do: Open Scan to see the code [1]" in streamed
    assert "|" not in streamed


def test_a_heading_is_never_quoted() -> None:
    text = "## Refunds for yearly plans\n\nYearly plans are refunded."
    quotation = quote("refunds for yearly plans", [("r", "Refunds", (), text)])
    assert "Refunds for yearly plans" not in quotation.text


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    text = "A renewal e-mail is sent. It holds the refund form for a mistaken yearly payment."
    quotation = quote("refund form for mistaken yearly payment", [("r", "Refund", (), text)])
    assert quotation.text.startswith("A renewal e-mail is sent. It holds")


def test_the_best_article_is_cited_first() -> None:
    texts = [
        ("best", "Delete", ("Later",), "Deleting takes 14 days."),
        ("other", "Export", (), "Deleting an account takes 14 days. Export before deleting."),
    ]
    quotation = quote("how long does deleting an account take", texts)
    assert quotation.citations[0].slug == "best"


def test_a_chinese_question_is_answered_from_chinese_articles() -> None:
    texts = [
        ("en", "Refunds 退款", (), "Yearly plans are refunded. 退款"),
        ("zh", "退款政策", (), "年付套餐在 30 天内可以全额退款。月付套餐不退款。"),
    ]
    quotation = quote("年付套餐可以退款吗？", texts, language="zh")
    assert quotation.citations[0].slug == "zh"
    assert "年付套餐在 30 天内可以全额退款。" in quotation.text


def test_a_bare_pointer_to_another_article_is_no_answer() -> None:
    text = "Refunds arrive in 5 days. See [refunds for yearly plans](refunds.md)."
    quotation = quote("when do refunds arrive", [("r", "Refunds", (), text)])
    assert "See" not in quotation.text


def test_what_an_article_is_about_is_no_answer() -> None:
    text = "Learn how to reset your board.\n\nPress the reset button twice to reset the board."
    quotation = quote("how do i reset my board", [("r", "Reset your board", (), text)])
    assert quotation.text.startswith("Press the reset button twice")


@pytest.mark.parametrize("most", [40, 120])
def test_an_answer_stays_short(most: int) -> None:
    text = "\n\n".join(f"Refund rule {n} says that refund {n} takes {n} days." for n in range(60))
    quotation = quote("refund rule days", [("r", "Refunds", (), text)], most=most)
    assert sentences.count_words(quotation.text) <= most + 15


words = st.text(alphabet="abc .:|-\n*#1)>`中。\\[]", max_size=200)


@given(st.lists(words, min_size=1, max_size=3), st.text(max_size=30))
def test_any_text_can_be_quoted(texts: list[str], question: str) -> None:
    quotation = quote(question, [(f"a{n}", "T", (), text) for n, text in enumerate(texts)])
    numbers = [citation.number for citation in quotation.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "".join(quotation.stream()).count("[1]") >= bool(numbers)


@given(
    st.lists(
        st.sampled_from(["Refunds take 5 days.", "It is free.", "Open the page!", "你好。"]),
        min_size=1,
    )
)
def test_every_quoted_sentence_stands_in_the_evidence(lines: list[str]) -> None:
    quotation = quote("refunds free page", [("a", "A", (), " ".join(lines))])
    quoted = quotation.text.replace(" [1]", "")
    assert all(line in lines for line in sentences.split(quoted))

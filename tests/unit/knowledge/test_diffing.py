"""Differences are told word by word, in words too, and escaped."""

from dataclasses import replace

from supportapp.knowledge.diffing import diff
from supportapp.knowledge.values import ArticleText

BEFORE = ArticleText(
    "Refunds", "Yearly plans are refunded within 14 days.\n\nNothing else.", tags=("billing",)
)


def test_equal_texts_have_no_difference():
    assert diff(BEFORE, BEFORE).is_empty


def test_changed_words_are_marked_and_counted():
    found = diff(BEFORE, replace(BEFORE, body=BEFORE.body.replace("14", "30")))

    assert (found.added, found.removed) == (1, 1)
    assert '<del><span class="visually-hidden">removed: </span>14<' in found.html
    assert '<ins><span class="visually-hidden">added: </span>30<' in found.html


def test_fields_that_changed_are_listed():
    found = diff(BEFORE, replace(BEFORE, audience="staff", tags=("billing", "refund")))

    assert [(change.label, change.after) for change in found.fields] == [
        ("Audience", "staff"),
        ("Tags", "billing, refund"),
    ]


def test_markup_in_a_text_is_shown_not_run():
    found = diff(BEFORE, replace(BEFORE, body="<script>alert(1)</script>"))

    assert "<script" not in found.html


def test_long_unchanged_stretches_are_folded():
    body = "\n".join(f"line {number}" for number in range(50))
    found = diff(replace(BEFORE, body=body), replace(BEFORE, body=body.replace("line 25", "new")))

    assert found.html.count("unchanged lines") == 2


def test_chinese_is_compared_by_character():
    found = diff(replace(BEFORE, body="十四天内退款。"), replace(BEFORE, body="三十天内退款。"))

    assert (found.added, found.removed) == (1, 1)

"""Rendered Markdown is safe in any page."""

import re

import pytest

from supportapp.knowledge import highlighting
from supportapp.knowledge.rendering import article_html, to_html

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.test/?q=secret)",
    "[x](javascript:alert(1))",
    "[x](JAVA&#115;CRIPT:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](//evil.test/a)",
    "[x](/admin/logout/)",
    "[x](http://evil.test/)",
    '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
    "<svg onload=alert(1)>",
    "<iframe src=https://evil.test></iframe>",
    '<form action="https://evil.test"><input name=q></form>',
    '<div style="position:fixed">x</div>',
    '<h2 id="passage" class="x">x</h2>',
    "<style>*{display:none}</style>",
    "<base href=https://evil.test>",
    "<meta http-equiv=refresh content=0>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("render", [to_html, article_html])
def test_nothing_active_passes(payload: str, render):
    html = render(f"Before.\n\n{payload}\n\nafter {payload} end")

    tags = set(re.findall(r"<\s*([a-z0-9]+)", html))
    assert tags <= {"p", "a", "h2"}
    assert not re.search(
        r"(evil\.test|javascript:|data:|\son\w+=|style=|class=|/admin/)",
        re.sub(r">[^<]*<", "><", html),
    )


def test_links_go_to_https_mail_and_other_articles():
    html = to_html(
        "[a](https://tallybird.example) [b](mailto:help@tallybird.example) [c](refund-policy.md#x)"
    )

    assert 'href="https://tallybird.example" rel="noopener noreferrer nofollow"' in html
    assert 'href="mailto:help@tallybird.example"' in html
    assert 'href="/help/refund-policy/"' in html


def test_a_heading_of_level_one_becomes_level_two():
    assert to_html("# Title") == "<h2>Title</h2>\n"


def test_headings_of_an_article_have_prefixed_ids():
    assert 'id="part-step-by-step"' in article_html("## Step by step")


BODY = (
    "Intro is here.\n\n## Steps\n\n1. First **bold** step.\n2. Second step.\n\n"
    "| A | B |\n|---|---|\n| one | two |\n\n```\ncode\n```\n\nLast words."
)


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("Intro is here.", ["Intro is here."]),
        ("## Steps\n\n1. First **bold** step.", ["Steps", "First ", "bold", " step."]),
        ("2. Second step.", ["Second step."]),
        ("| A | B |\n|---|---|\n| one | two |", ["A", "B", "one", "two"]),
        ("| one | two |", ["one", "two"]),
        ("```\ncode\n```", ["code"]),
        ("Last words.", ["Last words."]),
    ],
)
def test_a_passage_is_marked_where_it_stands(passage: str, expected: list[str]):
    start = BODY.index(passage)
    body = highlighting.with_marks(BODY, start, start + len(passage))

    html, found = highlighting.marked(article_html(body))

    marked = re.findall(r"<mark[^>]*>([^<]*)</mark>", html)
    assert found
    assert [text.strip("\n") for text in marked] == expected
    assert html.count('id="passage"') == 1
    assert re.sub(r"</?mark[^>]*>", "", html) == article_html(BODY)


def test_marks_never_reach_the_page():
    body = highlighting.with_marks(BODY, 3, 9)
    html, _ = highlighting.marked(article_html(body))
    assert "\ue000" not in html
    assert "\ue001" not in html

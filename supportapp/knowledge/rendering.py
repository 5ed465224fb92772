"""Markdown into safe HTML: markdown-it-py, then nh3. Every page that shows Markdown comes here.

Links go to https, mailto or other articles only; images, scripts, styles and forms don't pass.
"""

from __future__ import annotations

import re
from functools import cache

import nh3
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6",
    "hr", "kbd", "li", "ol", "p", "pre", "s", "strong", "b", "i", "sub", "sup", "table", "tbody",
    "td", "th", "thead", "tr", "ul", "mark",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "table": {"tabindex"},
    "td": {"align"},
    "th": {"align", "scope"},
}
HEADINGS = ("h2", "h3", "h4", "h5", "h6")
DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "template", "noscript", "title"}
_ARTICLE_LINK = re.compile(r"(?:\.{1,2}/)*(?:[\w-]+/)*([\w-]+)\.md(?:#[\w-]*)?")
_CALLOUT = re.compile(r"^(\s*>\s*[\ue000\ue001]?)\[!(\w+)\]", re.MULTILINE)


@cache
def _parser(*, anchors: bool = False) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    parser.enable(["table", "strikethrough"])
    if anchors:
        parser.use(anchors_plugin, min_level=2, max_level=3)
    return parser


def to_html(markdown: str) -> SafeString:
    """Return the Markdown as HTML that is safe in any page."""
    return mark_safe(_sanitised(_rendered(markdown, anchors=False), ids=False))  # noqa: S308  (nh3 has been over it)


def article_html(markdown: str) -> str:
    """Return an article's body with ids on its headings, all beginning with `part-`."""
    return _sanitised(_rendered(markdown, anchors=True), ids=True)


def _rendered(markdown: str, *, anchors: bool) -> str:
    parser = _parser(anchors=anchors)
    tokens = parser.parse(_CALLOUT.sub(_callout, markdown))
    for token in tokens:
        # The page's own title is the h1.
        if token.tag == "h1":
            token.tag = "h2"
        if token.type == "table_open":
            # Wide tables scroll, and what scrolls must be reachable by keyboard.
            token.attrSet("tabindex", "0")
        if token.type == "th_open":
            token.attrSet("scope", "col")
    return str(parser.renderer.render(tokens, parser.options, {}))


def _callout(match: re.Match[str]) -> str:
    return f"{match[1]}**{match[2].capitalize()}**  "


def _sanitised(html: str, *, ids: bool) -> str:
    attributes = ATTRIBUTES | ({tag: {"id"} for tag in HEADINGS} if ids else {})
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=attributes,
        link_rel="noopener noreferrer nofollow",
        url_schemes={"https", "mailto"},
        url_relative=_article_address,
        id_prefix="part-" if ids else None,
    )


def _article_address(url: str) -> str | None:
    """Turn a link to another article's file into its page; no other relative link passes."""
    match = _ARTICLE_LINK.fullmatch(url)
    return reverse("help:article", args=[match[1]]) if match else None

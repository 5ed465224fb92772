"""HTML in Markdown: which tags there are, and a text without them. Pure.

Help centres that were written for other products mix the two. An answer quotes words, not tags.
"""

from __future__ import annotations

import re

# Names that make a tag. Anything else in angle brackets (a code, an address) is what is said.
_HTML = (
    "a abbr address applet area article aside audio b base bdi bdo big blink blockquote body br "
    "button canvas caption center cite code col colgroup data datalist dd del details dfn dialog "
    "dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 "
    "h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map "
    "mark marquee math menu meta meter nav noscript object ol optgroup option output p param "
    "picture pre progress q rp rt ruby s samp script section select slot small source span strike "
    "strong style sub summary sup svg table tbody td template textarea tfoot th thead time title "
    "tr track tt u ul var video wbr"
)
_WITHIN_A_LINE = (
    "a abbr b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s samp small "
    "span strike strong sub sup time tt u var wbr"
)
NAMES = frozenset(_HTML.split())
_INLINE = frozenset(_WITHIN_A_LINE.split())
_SPACED = frozenset(("br", "td", "th"))
TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:[\s/](?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)?)>", re.I)
UNSEEN = re.compile(r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(
    r"<(p|div|span|li|ul|ol|table|section)\b[^<>]*\bdisplay:\s*none[^<>]*>.*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(
    r"(^[ ]{0,3}(?P<fence>```|~~~).*?(?:^[ ]{0,3}(?P=fence)|\Z)|`[^`\n]*`)", re.M | re.DOTALL
)
_LINK = re.compile(
    r"<a\b[^<>]*\bhref=(?P<mark>[\"'])(?P<url>https://[^\"'<>\s()]+)(?P=mark)[^<>]*>"
    r"(?P<label>[^<>\[\]]*\S[^<>\[\]]*)</a\s*>",
    re.IGNORECASE,
)


def as_markdown(text: str) -> str:
    """Return the text with its HTML as Markdown where that has it, and else without. Code stays."""
    if "<" not in text:
        return text
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_without_tags(text[end : code.start()]), code[0]]
        end = code.end()
    pieces.append(_without_tags(text[end:]))
    return "".join(pieces)


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    shown = _HIDDEN.sub("", UNSEEN.sub("", text))
    linked = _LINK.sub(lambda link: f"[{' '.join(link['label'].split())}]({link['url']})", shown)
    return TAG.sub(_left, linked)


def _left(tag: re.Match[str]) -> str:
    name, ends = tag[2].lower(), bool(tag[1])
    if name not in NAMES:
        return tag[0]
    if name in _INLINE:
        return ""
    if name in _SPACED:
        return " "
    if name == "li":
        return "\n" if ends else "\n- "
    if name[0] == "h" and name[1:].isdigit():
        return "\n\n" if ends else f"\n\n{'#' * int(name[1:])} "
    return "\n\n"

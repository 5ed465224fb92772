"""What is searched for a question: its words, without the markup that stands around them. Pure.

Only the search reads this. What is stored, shown and given to a model is the question as written.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from supportapp.answering import sentences
from supportapp.answering.values import Question
from supportapp.retrieval.values import SearchQuery

# Names that make a tag. Anything else in angle brackets (a code, an address) is what is asked.
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
# Tags that need no end and stand in pasted text; alone they are no subject of a question.
_LAYOUT = frozenset(("br", "dd", "dt", "hr", "li", "p", "td", "th", "tr", "wbr"))
_NAMES = frozenset(_HTML.split())
_INVISIBLE = re.compile(
    r"<!--.*?-->|<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:[\s/](?:\"[^\"]*\"|'[^']*'|[^\"'<>])*)?)>", re.I)
_FENCE = re.compile(r"`+|~{3,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
_BRACKETS = str.maketrans("<>`", "   ")


def query(question: Question) -> SearchQuery:
    """Return what is asked of the search: the question and what was said before."""
    said = (
        replace(each, text=without_markup(each.text)) if each.speaker == "U" else each
        for each in question.context
    )
    return SearchQuery(without_markup(question.text), tuple(said))


def without_markup(text: str) -> str:
    """Return the text's words. A tag that is spoken of leaves its name.

    Where nothing but markup was written, that is what is searched.
    """
    if not any(mark in text for mark in "<`~&"):
        return text
    bare = _INVISIBLE.sub(" ", text)
    ended = {match[2].lower() for match in _TAG.finditer(bare) if match[1]}

    def left(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name not in _NAMES:
            return match[0]
        is_spoken_of = not (match[1] or match[3] or name in ended or name in _LAYOUT)
        return f" {name} " if is_spoken_of else " "

    stripped = _ENTITY.sub(lambda match: html.unescape(match[0]), _TAG.sub(left, bare))
    words = " ".join(_FENCE.sub(" ", stripped).split())
    return words if sentences.terms(words) else " ".join(text.translate(_BRACKETS).split())

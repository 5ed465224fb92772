"""What is searched for a question: its words, without the markup that stands around them. Pure.

Only the search reads this. What is stored, shown and given to a model is the question as written.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from supportapp.answering.markup import NAMES, TAG, UNSEEN
from supportapp.answering.values import Question
from supportapp.retrieval import sentences
from supportapp.retrieval.values import SearchQuery

# Tags that need no end and stand in pasted text; alone they are no subject of a question.
_LAYOUT = frozenset(("br", "dd", "dt", "hr", "li", "p", "td", "th", "tr", "wbr"))
_FENCE = re.compile(r"`+|~{3,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
_BRACKETS = str.maketrans("<>`", "   ")


def query(question: Question) -> SearchQuery:
    """Return what is asked of the search: the question and what was said before."""
    said = (
        replace(each, text=without_markup(each.text)) if each.speaker == "U" else each
        for each in question.context
    )
    return SearchQuery(asked(question), tuple(said))


def asked(question: Question) -> str:
    """Return the question's words, after what it says where it stands alone.

    The customer's own words stay, so that a rewriting that misses the point costs little.
    """
    own = without_markup(question.text)
    return beside(without_markup(question.standalone), own) if question.standalone else own


def beside(standalone: str, own: str) -> str:
    """Return a question that stands alone with the customer's own words after it."""
    return f"{standalone} {own}"


def without_markup(text: str) -> str:
    """Return the text's words. A tag that is spoken of leaves its name.

    Where nothing but markup was written, that is what is searched.
    """
    if not any(mark in text for mark in "<`~&"):
        return text
    bare = UNSEEN.sub(" ", text)
    ended = {match[2].lower() for match in TAG.finditer(bare) if match[1]}

    def left(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name not in NAMES:
            return match[0]
        is_spoken_of = not (match[1] or match[3] or name in ended or name in _LAYOUT)
        return f" {name} " if is_spoken_of else " "

    stripped = _ENTITY.sub(lambda match: html.unescape(match[0]), TAG.sub(left, bare))
    words = " ".join(_FENCE.sub(" ", stripped).split())
    return words if sentences.terms(words) else " ".join(text.translate(_BRACKETS).split())

"""How a message is said, beside what it is about. Pure.

Search drops words that carry no topic; but those tell a question ("does it …") from a booking, a
wish or thanks, which look like questions about the same thing.
"""

from __future__ import annotations

import re

# Scripts written without spaces: each character is a word here.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_SENTENCES = re.compile(r"(?<=[.!?？！。])\s*|\n+")
_TOKENS = re.compile(rf"[{_UNSPACED}]|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[?？!！]")
_ALIKE = str.maketrans("’？！", "'?!")
NUMBER = "#"
FIRST = "^"


def sentences(text: str) -> list[str]:
    """Return the sentences of a message, as its punctuation tells."""
    return [part for part in _SENTENCES.split(text.strip()) if part]


def words(text: str) -> frozenset[str]:
    """Return the words and marks of a message; the first of each sentence also as such."""
    found: set[str] = set()
    for sentence in sentences(text.lower()):
        said = [_plain(token) for token in _TOKENS.findall(sentence.translate(_ALIKE))]
        found.update(said)
        found.update(FIRST + word for word in said[:1])
    return frozenset(found)


def _plain(token: str) -> str:
    return NUMBER if token[0].isdigit() else token


def described(word: str) -> str:
    """Return one of `words` as staff read it."""
    if word == NUMBER:
        return "says a number"
    if word.startswith(FIRST) and word != FIRST:
        return f"a sentence begins with “{word.removeprefix(FIRST)}”"
    return f"says “{word}”"

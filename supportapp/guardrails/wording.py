"""A safer wording: the question inside a message that isn't answered as it stands. Pure.

It is offered, never asked in the customer's name: one click sends it.
"""

from __future__ import annotations

import re

from supportapp.guardrails import attacks, conduct
from supportapp.retrieval import sentences

LONGEST = 300
FEWEST_TERMS = 1
_BLANKS = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"(?<!\s)\s+([,.;:!?])")
_DOUBLE_MARK = re.compile(r"([,;:.])(?:\s*[,;:.])+|,\s*([.!?])")
_START = re.compile(
    r"^(?:[\s,.;:!?\-–—]|(?:and|but|so|then|now|also|please|ok|okay|hey|well)\b)+", re.I
)
_SHOUTED = re.compile(r"\b[A-Z]{2,}\b")
_ASKS = re.compile(
    r"[?？]|\b(?:how|what|why|when|where|which|who|can|could|do|does|is|are|will)\b|吗|怎|"
    r"什么|如何",
    re.I,
)


def safer(text: str) -> str:
    """Return the message without insults and attacks; empty where no question is left."""
    left = conduct.without_insults(attacks.without_attack(text))
    left = _BLANKS.sub(" ", _BEFORE_MARK.sub(r"\1", left)).strip()
    left = _DOUBLE_MARK.sub(lambda match: match[1] or match[2], left)
    left = _START.sub("", left).strip(" ,;:-–—")
    words = left.split()
    if words and sum(word.isupper() and len(word) > 2 for word in words) > len(words) / 2:
        left = left.lower()
    left = re.sub(r"!+(\?*)", lambda match: match[1] or ".", left)
    left = re.sub(r"[?？]{2,}", "?", left)
    if not left or len(left) > LONGEST or len(sentences.terms(left)) < FEWEST_TERMS:
        return ""
    if conduct.inspect(left).reply or attacks.is_attack(left):
        return ""
    said = left[0].upper() + left[1:]
    if said[-1] in ".?!。？！":
        return said
    return said + ("?" if _ASKS.search(said) else ".")

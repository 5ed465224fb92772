"""The door: a text without hidden characters, of a size that can be a question. Pure."""

from __future__ import annotations

import re
import unicodedata

from supportapp.guardrails.values import ALLOWED, Action, Verdict

# Tag characters, bidirectional controls and characters without width carry hidden text.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U000e0000-\U000e0fff]"
)
_JOINERS = re.compile(
    "(?<![\u0600-\u06ff\u0900-\u0dff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """Return the text without characters that nobody can see; the same text for equal looks."""
    text = unicodedata.normalize("NFC", _SURROGATES.sub("", text).replace("\r\n", "\n"))
    text = _JOINERS.sub("", _INVISIBLE.sub("", text)).replace("\r", "\n")
    kept = (each for each in text if each in "\n\t" or unicodedata.category(each) != "Cc")
    return _BLANK_LINES.sub("\n\n", "".join(kept)).strip()


def admit(text: str, *, longest: int) -> Verdict:
    """Decide at the door whether a cleaned text can be a question."""
    if not text or not any(each.isalnum() for each in text):
        return Verdict(Action.BLOCK, "empty")
    if len(text) > longest:
        return Verdict(Action.BLOCK, "too_long")
    return ALLOWED

"""In which script a text is written, and whether a workspace's articles are too. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection

LEAST_SHARE = 0.6
FEWEST_LETTERS = 6
_SCRIPTS = {
    "cyrillic": "ru uk bg sr mk be kk ky mn tg",
    "greek": "el",
    "arabic": "ar fa ur ps ckb",
    "hebrew": "he yi",
    "thai": "th",
    "devanagari": "hi mr ne sa",
    "bengali": "bn as",
    "tamil": "ta",
    "telugu": "te",
    "georgian": "ka",
    "armenian": "hy",
    "hangul": "ko",
    "hiragana": "ja",
    "katakana": "ja",
    "cjk": "zh ja",
}
LANGUAGES = {script: frozenset(codes.split()) for script, codes in _SCRIPTS.items()}


def script_of(text: str) -> str:
    """Return the script that most letters have; empty for a mixture and for few letters."""
    counts: Counter[str] = Counter()
    for letter in text:
        if letter.isalpha():
            counts[unicodedata.name(letter, "?").split()[0].lower()] += 1
    total = sum(counts.values())
    if counts["hiragana"] + counts["katakana"]:
        counts["hiragana"] += counts["katakana"] + counts["cjk"]
    if total < FEWEST_LETTERS:
        return ""
    script, count = counts.most_common(1)[0]
    return script if count >= LEAST_SHARE * total else ""


def is_served(text: str, languages: Collection[str]) -> bool:
    """Say whether articles may exist in the text's script. Latin letters always may.

    Which of the languages with Latin letters it is isn't asked: a name or a code can be all that a
    question shares with an article, and that is enough to find it.
    """
    spoken = LANGUAGES.get(script_of(text))
    if spoken is None or not languages:
        return True
    return any(language.lower().split("-")[0] in spoken for language in languages)

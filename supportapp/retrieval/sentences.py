"""Text into sentences and words, in any script. Pure."""

from __future__ import annotations

import re

from supportapp.retrieval.analysis import analyser

# A full stop after one of these ends no sentence.
ABBREVIATIONS = frozenset(
    [
        "e.g",
        "i.e",
        "etc",
        "vs",
        "no",
        "nr",
        "approx",
        "dr",
        "mr",
        "mrs",
        "ms",
        "st",
        "inc",
        "ltd",
        "co",
        "dept",
        "est",
        "fig",
        "max",
        "min",
        "a.m",
        "p.m",
    ]
)
_CLOSERS = "\"'”’»)\\]*_`"
_END = re.compile(rf"(?:[.!?…]+[{_CLOSERS}]*(?=\s)|[。！？]+[”’」』）)*_]*)")
_LAST_WORD = re.compile(r"([^\s(\[*_\"“]+)$")
_NEXT = re.compile(r"\S")
# No abbreviation is as long; what is before it needn't be read again at each full stop.
_LONGEST_WORD = 40
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+(?:[’'.\-][^\W_]+)*")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|`)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_BROKEN_MARKER = re.compile(r"\s*[\[【]\d*$")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
CJK_CHARACTERS_PER_WORD = 1.6
CJK_SHARE = 0.25


def split(text: str) -> tuple[str, ...]:
    """Split a paragraph into its sentences; joined by blanks they are the paragraph again."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - _LONGEST_WORD) : match.start()]
        if _is_abbreviation(before) or _continues(text, match.end()):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return tuple(sentence for sentence in found if sentence)


def _is_abbreviation(before: str) -> bool:
    last = _LAST_WORD.search(before)
    if last is None:
        return False
    word = last[1].lower()
    return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i")


def _continues(text: str, end: int) -> bool:
    """A small letter after the stop means that the sentence goes on."""
    following = _NEXT.search(text, end)
    return following is not None and following[0].islower()


def plain(markdown: str) -> str:
    """Return the text as it reads, without marks of emphasis and addresses of links."""
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", markdown))
    return _ESCAPE.sub(r"\1", text)


def without_loose_ends(markdown: str) -> str:
    """Return a text that broke off, without the marks that its last line began and never ended."""
    before, newline, last = markdown.rpartition("\n")
    last = _BROKEN_MARKER.sub("", last)
    for mark in ("**", "__", "`"):
        if last.count(mark) % 2 and "```" not in last:
            begun = last.rfind(mark)
            last = last[:begun] + last[begun + len(mark) :]
    return before + newline + last.rstrip()


def count_words(text: str) -> int:
    """Count words; scripts without spaces count by their characters."""
    unspaced = len(_CJK.findall(text))
    return len(_LATIN_WORD.findall(text)) + round(unspaced / CJK_CHARACTERS_PER_WORD)


def language_of(text: str) -> str | None:
    """Return "zh", "ja" or "ko" where the script says so; None where it doesn't."""
    letters = sum(character.isalpha() for character in text)
    unspaced = len(_CJK.findall(text))
    if not letters or unspaced / letters < CJK_SHARE:
        return None
    if _KANA.search(text):
        return "ja"
    return "ko" if _HANGUL.search(text) else "zh"


def terms(text: str, language: str = "en") -> frozenset[str]:
    """Return the stemmed words that carry meaning."""
    return frozenset(analyser(language).words(text))

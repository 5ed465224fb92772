"""Whether a text says something: the same words, whatever their case, marks and line ends. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from supportapp.retrieval import sentences

_MARKER = re.compile(r"\s*\[\d{1,4}\]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", " ": " "})
_OR = re.compile(r"\s*\|\s*")


def bare(text: str) -> str:
    """Return an answer's words without markers, emphasis and what differs only in looks."""
    said = sentences.plain(_MARKER.sub("", text))
    return " ".join(unicodedata.normalize("NFKC", said).translate(_QUOTES).lower().split())


def times(said: str, wanted: str) -> int:
    """Count how often a bared text says something; words are matched whole."""
    wanted = bare(wanted)
    if not wanted:
        return 0
    before = r"(?<![a-z0-9])" if wanted[0].isascii() and wanted[0].isalnum() else ""
    after = r"(?![a-z0-9])" if wanted[-1].isascii() and wanted[-1].isalnum() else ""
    return len(re.findall(f"{before}{re.escape(wanted)}{after}", said))


def alternatives(wanted: str) -> list[str]:
    """Return the ways of saying it, which "a | b" parts."""
    return [each for each in _OR.split(wanted.strip()) if each]


def says(said: str, ways: Iterable[str]) -> bool:
    """Say whether a bared text says it in one of these ways."""
    return any(times(said, each) for each in ways)

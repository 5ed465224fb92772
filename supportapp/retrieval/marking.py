"""Which words of a text are terms that matter, for people to see. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from supportapp.retrieval.analysis import analyser, stemming


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `is_marked` where it says one of the terms looked for."""

    text: str
    is_marked: bool = False


def pieces(text: str, terms: Collection[str], language: str) -> tuple[Piece, ...]:
    """Cut the text where marked words begin and end; joined, the pieces are the text."""
    found: list[Piece] = []
    done = 0
    for start, end in _marked(text, terms, language):
        if done < start:
            found.append(Piece(text[done:start]))
        found.append(Piece(text[start:end], is_marked=True))
        done = end
    if done < len(text):
        found.append(Piece(text[done:]))
    return tuple(found)


def _marked(text: str, terms: Collection[str], language: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end, held in analyser(stemming(language)).places(text):
        if held.isdisjoint(terms):
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def spellings(text: str, language: str) -> dict[str, str]:
    """Return how the text writes each of its single terms."""
    written: dict[str, str] = {}
    for start, end, held in analyser(stemming(language)).places(text):
        for term in held:
            written.setdefault(term, text[start:end] if len(held) == 1 else term)
    return written


def spelling(term: str, written: dict[str, str]) -> str:
    """Return a term, or a pair of them, in the text's own words where they are known."""
    return " ".join(written.get(word, word) for word in term.split(" "))

"""Two passages side by side: do they say the same, or nearly the same but for a fact? Pure.

Vectors propose pairs; words decide. Overlap is the share of word shingles that the shorter text
has in common with the other. A contradiction needs two sentences that are the same but for what
makes the difference: a figure, or a negation. It is a candidate: a person looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supportapp.guardrails import alike, figures, polarity
from supportapp.guardrails.figures import Figure
from supportapp.retrieval import sentences
from supportapp.retrieval.analysis import analyser

SHINGLE = 3
DUPLICATE_OVERLAP = 0.6
DUPLICATE_SIMILARITY = 0.97
# Words that two sentences must share, of all that either has, to speak of the same thing.
SAME_SENTENCE = 0.7
FEWEST_TERMS = 3
MOST_DIFFERENCES = 3
LONGEST_SENTENCE = 300
# Figures that name a thing rather than measure it: another link is no contradiction.
_NAMING = frozenset({"link", "email"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sentences that can't both be so, and what differs: figures or negation."""

    kind: str
    first: str
    second: str

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind, "first": self.first, "second": self.second}


@dataclass(frozen=True, slots=True)
class Compared:
    """What two texts have in common, and what speaks against both being right."""

    overlap: float
    differences: tuple[Difference, ...]


def compare(one: str, other: str) -> Compared:
    """Compare two passages' texts."""
    first, second = _sentences(one), _sentences(other)
    found = [
        difference
        for here in first
        for there in second
        if (difference := _difference(here, there)) is not None
    ]
    return Compared(overlap(one, other), tuple(found[:MOST_DIFFERENCES]))


def overlap(one: str, other: str) -> float:
    """Return the share of the shorter text's shingles that the other has too."""
    first, second = _shingles(one), _shingles(other)
    least = min(len(first), len(second))
    return len(first & second) / least if least else 0.0


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = analyser(sentences.language_of(text) or "en").words(sentences.plain(text))
    if len(words) <= SHINGLE:
        return frozenset({tuple(words)} if words else ())
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


def _sentences(text: str) -> list[str]:
    return [each for each in _lines(text) if len(alike.terms(each)) >= FEWEST_TERMS]


def _lines(text: str) -> Iterator[str]:
    for line in sentences.plain(text).splitlines():
        for sentence in sentences.split(line.strip(" \t#>*-|")):
            if len(sentence) <= LONGEST_SENTENCE:
                yield sentence


def _difference(one: str, other: str) -> Difference | None:
    if one == other:
        return None
    first, second = _words(one), _words(other)
    if len(first & second) < SAME_SENTENCE * len(first | second):
        return None
    if _is_other_figure(_measures(one), _measures(other)):
        return Difference("figures", one, other)
    here, there = polarity.read(one), polarity.read(other)
    if polarity.contradicts(here, [there]) or polarity.contradicts(there, [here]):
        return Difference("negation", one, other)
    return None


def _words(text: str) -> frozenset[str]:
    named = (alike.terms(each.value) for each in figures.find(text) if each.kind == "name")
    return alike.terms(figures.without(text)).difference(*named)


def _measures(text: str) -> frozenset[Figure]:
    return frozenset(each for each in figures.find(text) if each.kind not in _NAMING)


def _is_other_figure(one: frozenset[Figure], other: frozenset[Figure]) -> bool:
    """Say whether both name figures of one kind and unit, and name others."""
    for figure in one - other:
        for against in other - one:
            if (figure.kind, figure.unit) == (against.kind, against.unit):
                return True
    return False


def is_duplicate(similarity: float, compared: Compared) -> bool:
    """Say whether the texts say the same."""
    near_in_words = compared.overlap >= DUPLICATE_OVERLAP
    return not compared.differences and (near_in_words or similarity >= DUPLICATE_SIMILARITY)


def strongest(differences: Sequence[Difference]) -> str:
    """Return what differs, in a word."""
    kinds = {each.kind for each in differences}
    return "a figure" if "figures" in kinds else "a negation" if kinds else ""

"""Evidence, read once for all sentences of an answer: its sentences, words and figures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from supportapp.guardrails import alike, figures, polarity
from supportapp.guardrails.figures import Figure
from supportapp.guardrails.polarity import Said
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence

# So many passages are kept read; one takes about 10 KB.
READ = 1000
_BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)]|>|#{1,6})\s+")
_CITED = re.compile(r"(?<!\s)\s*+[\[【]\^?\d{1,3}[\]】]")
_LEAD = re.compile(
    r"^(?:(?:yes|no|sure|okay|of course|certainly|absolutely|in short|in summary|in general|"
    r"generally|basically|unfortunately|fortunately|however|also|additionally|in addition|then|"
    r"next|"
    r"first|finally|to do (?:this|that|so)|after that)[,.:!]\s+|"
    r"(?:please )?note that\s+|please be aware that\s+|keep in mind that\s+)+",
    re.IGNORECASE,
)
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_RULE = re.compile(r"^[\s|:-]*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence, item or row of the evidence, with the headings that it stands under."""

    place: int
    text: str
    said: Said
    # The terms of the sentence and of its headings.
    terms: frozenset[str]
    figures: frozenset[Figure]


@dataclass(frozen=True, slots=True)
class Grounds:
    """Evidence, read once for all sentences of an answer."""

    units: tuple[Unit, ...]
    figures: frozenset[Figure]
    terms: frozenset[str]
    # What the question says is no claim of the answer's.
    asked: frozenset[Figure] = frozenset()

    @classmethod
    def of(cls, evidence: Iterable[Evidence], *said: str) -> Grounds:
        """Read the evidence; what else was `said` (the question) lends its words and figures."""
        units: list[Unit] = []
        for each in evidence:
            first = len(units)
            read = _read(each.text, (each.title, *each.headings))
            units += [replace(unit, place=first + unit.place) for unit in read]
        asked = [_unit(text, frozenset(), -10) for text in said if text]
        everything = [*units, *asked]
        return cls(
            tuple(units),
            frozenset().union(*(unit.figures for unit in everything)),
            frozenset().union(*(unit.terms for unit in everything)),
            frozenset().union(*(unit.figures for unit in asked)),
        )


def bare(sentence: str) -> str:
    """Return a sentence's words, without marks of lists, emphasis and citation."""
    row = _ROW.match(sentence)
    text = row[1].replace("|", " ") if row else _BULLET.sub("", sentence)
    return _LEAD.sub("", sentences.plain(_CITED.sub("", text)).strip(), count=1)


@lru_cache(maxsize=READ)
def _read(text: str, path: tuple[str, ...]) -> tuple[Unit, ...]:
    """Read one passage; its places begin at 0. Many questions rest on the same passages."""
    units = _units(text, " ".join(path))
    return (*units, _unit(" › ".join(path), frozenset(), len(units)))


def _units(text: str, heading: str) -> list[Unit]:
    made: list[Unit] = []
    around = alike.terms(heading)
    header = ""
    for line in text.splitlines():
        if row := _ROW.match(line):
            if _RULE.match(line):
                continue
            header = header or row[1]
            made.append(_unit(f"{header} {row[1]}".replace("|", " "), around, len(made)))
            continue
        header = ""
        if line.lstrip().startswith("#"):
            around = alike.terms(f"{heading} {line}")
        for sentence in sentences.split(_BULLET.sub("", line)):
            made.append(_unit(bare(sentence), around, len(made), sentence))
    return made


def _unit(text: str, around: frozenset[str], place: int, raw: str = "") -> Unit:
    exact = figures.find(text) | figures.links(raw or text)
    said = polarity.read(figures.without(text))
    return Unit(place, text, said, said.terms | around, exact)

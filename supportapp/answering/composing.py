"""Chosen units into one readable answer: Markdown to keep, plain pieces to stream. Pure.

A run of sentences from one passage carries that passage's number at its end, as do a list and a
table. Numbers count up by first appearance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from supportapp.answering.blocks import Block, Code, Listing, Table
from supportapp.answering.citations import citing
from supportapp.answering.quoting import Kind, Source, Unit
from supportapp.answering.values import CitedPassage
from supportapp.retrieval import sentences

WIDEST_TABLE = 4
WORDS_IN_GROUP = 6
_GROUP = re.compile(rf"(?:\s*\S+){{1,{WORDS_IN_GROUP}}}|\s+")
_UNSPACED_END = re.compile(r"[\u3000-\u303f\u3040-\u9fff\uff00-\uffef]$")


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph, list or table of the answer."""

    markdown: str
    plain: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quoted answer."""

    pieces: tuple[Piece, ...]
    citations: tuple[CitedPassage, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(piece.markdown for piece in self.pieces)

    def stream(self) -> Iterator[str]:
        """Yield the answer as plain text, a few words at a time."""
        for number, piece in enumerate(self.pieces):
            text = ("\n\n" if number else "") + piece.plain
            yield from (match[0] for match in _GROUP.finditer(text))


def write(chosen: Sequence[Unit], found: Sequence[Source], question: str) -> Quotation:
    """Put the units together, in the order given."""
    numbers: dict[int, int] = {}
    quotes: dict[int, str] = {}
    pieces: list[Piece] = []
    wanted = sentences.terms(question)
    for place, units in _runs(chosen, found):
        number = numbers.setdefault(place, len(numbers) + 1)
        piece = _piece(units, found[place], number, wanted)
        quotes.setdefault(place, sentences.plain(_joined([unit.text for unit in units])).strip())
        pieces.append(piece)
    citations = tuple(
        citing(number, found[place].evidence, quotes[place]) for place, number in numbers.items()
    )
    return Quotation(tuple(pieces), citations)


def _runs(chosen: Sequence[Unit], found: Sequence[Source]) -> Iterator[tuple[int, list[Unit]]]:
    """Group neighbours: sentences of one passage, items of one list, rows of one table."""

    def key(unit: Unit) -> tuple[int, int]:
        block = found[unit.evidence].blocks[unit.block]
        alone = isinstance(block, Listing | Table | Code)
        return (unit.evidence, unit.block if alone else -1)

    for (place, _), units in groupby(chosen, key):
        yield place, list(units)


def _piece(units: list[Unit], source: Source, number: int, wanted: frozenset[str]) -> Piece:
    block: Block = source.blocks[units[0].block]
    marker = f"[{number}]"
    match block:
        case Listing():
            return _list(block, units, marker)
        case Table():
            return _table(block, [unit.part for unit in units], marker, wanted)
        case Code():
            lead = f"{block.lead_in} {marker}"
            return Piece(f"{lead}\n\n{block.text}", f"{sentences.plain(lead)}\n\n{block.text}")
    text = _marked(_joined([unit.text for unit in units]), marker)
    return Piece(text, sentences.plain(text))


def _list(block: Listing, units: Sequence[Unit], marker: str) -> Piece:
    if units[0].brief:
        items = block.brief_items
    elif units[0].kind is Kind.STEPS:
        items = block.items
    else:
        items = tuple(block.items[unit.part] for unit in units)
    lines = [
        f"{number}. {item}" if block.ordered else f"- {item}"
        for number, item in enumerate(items, start=block.start)
    ]
    # The first line of the last item: what is nested below it stays as it is.
    head, line_break, nested = lines[-1].partition("\n")
    lines[-1] = f"{_marked(head, marker)}{line_break}{nested}"
    text = "\n".join(lines)
    lead = f"{block.lead_in}\n\n" if block.lead_in else ""
    return Piece(lead + text, sentences.plain(lead + text))


def _table(block: Table, parts: Sequence[int], marker: str, wanted: frozenset[str]) -> Piece:
    columns = _columns(block, wanted)
    header = [block.header[column] for column in columns]
    rows = [[_cell(block.rows[part], column) for column in columns] for part in parts]
    rows[-1][-1] = _marked(rows[-1][-1], marker)
    lines = [header, ["---"] * len(header), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    spoken = "\n".join(_spoken(header, row) for row in rows)
    lead = f"{block.lead_in}\n\n" if block.lead_in else ""
    return Piece(lead + table, sentences.plain(lead + spoken))


def _columns(block: Table, wanted: frozenset[str]) -> list[int]:
    """All columns of a small table; of a wide one the first and those that the question names."""
    every = list(range(len(block.header)))
    if len(every) <= WIDEST_TABLE:
        return every
    named = [i for i in every[1:] if sentences.terms(block.header[i]) & wanted]
    return [0, *named] if named else every


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _spoken(header: Sequence[str], row: Sequence[str]) -> str:
    pairs = zip(header, row, strict=True)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _joined(texts: Sequence[str]) -> str:
    joined = ""
    for text in texts:
        blank = "" if not joined or _UNSPACED_END.search(joined) else " "
        joined += blank + text
    return joined


def _marked(text: str, marker: str) -> str:
    return f"{text} {marker}"

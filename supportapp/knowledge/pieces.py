"""Cut one block into pieces that each fit a passage. Pure.

A block that fits is one piece. A list is cut between items, a table between rows, code between
lines, other text between sentences; a sentence that is too long is cut between words, and a word
that is too long between characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from supportapp.knowledge.blocks import Block
from supportapp.knowledge.sizes import UNSPACED, tokens

_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'”’)\]*_]*\s+(?=[^\sa-z])|(?<=[。！？；])(?![。！？；」』”’）])|\n\s*(?:\n|(?=[-*+|>]|\d))"
)
_CELL_EDGE = re.compile(r"[ \t]*(?<!\\)\|[ \t]*")
_DELIMITERS = re.compile(r"[\s|:-]+")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")
_LONGEST_RUN = 40


@dataclass(frozen=True)
class Piece:
    """A part of a block and its place in the body.

    `joiner` stands between it and the part before it; `prefix` and `suffix` go around the parts
    of one block that share a passage: a table's header, a code fence.
    """

    block: int
    text: str
    start: int
    end: int
    size: int
    joiner: str = "\n"
    prefix: str = ""
    suffix: str = ""
    starts_block: bool = False

    @property
    def frame_size(self) -> int:
        """Return the size of what goes around."""
        return tokens(self.prefix) + tokens(self.suffix)


def pieces(block: Block, most: int) -> Iterator[Piece]:
    """Yield the block's pieces in order, none larger than `most`."""
    cut = {"list": _items, "table": _rows, "code": _code}.get(block.kind, _paragraph)
    for number, piece in enumerate(cut(block, most)):
        yield piece if number else replace(piece, starts_block=True)


def _paragraph(block: Block, most: int) -> Iterator[Piece]:
    yield from _text(block.start, block.text, block.start, most)


def _text(key: int, text: str, start: int, most: int, joiner: str = "\n") -> Iterator[Piece]:
    """Yield a text whole, or its sentences, or their words."""
    size = tokens(text)
    if size <= most:
        yield Piece(key, text, start, start + len(text), size, joiner)
        return
    for first, last in _grouped(text, _sentences(text), most):
        sentence = text[first:last]
        between = joiner if first == 0 else _gap(text, first)
        yield Piece(key, sentence, start + first, start + last, tokens(sentence), between)


def _gap(text: str, place: int) -> str:
    """Return what stands between a sentence and the one before: a line end, a space or nothing."""
    before = text[:place]
    gap = before[len(before.rstrip()) :]
    return "\n" if "\n" in gap else " " if gap else ""


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.start() + len(match.group().rstrip())
        if text[start:end].strip():
            yield start, end
        start = match.end()
    if text[start:].strip():
        yield start, len(text.rstrip())


def _grouped(text: str, spans: Iterator[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """Yield spans that fit; those that don't are cut into groups of words."""
    for first, last in spans:
        if tokens(text[first:last]) <= most:
            yield first, last
        else:
            yield from _words(text, first, last, most)


def _words(text: str, first: int, last: int, most: int) -> Iterator[tuple[int, int]]:
    start, size = first, 0
    end = first
    for match in _WORD.finditer(text, first, last):
        for begin, stop in _runs(match.start(), match.end(), most):
            cost = tokens(text[begin:stop])
            if size and size + cost > most:
                yield start, end
                start, size = begin, 0
            elif not size:
                start = begin
            size += cost
            end = stop
    if size:
        yield start, end


def _runs(begin: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut a word that is longer than any word, such as a key in base64."""
    step = min(_LONGEST_RUN, most)
    for start in range(begin, end, step):
        yield start, min(start + step, end)


def _items(block: Block, most: int) -> Iterator[Piece]:
    """Yield a list's items, each with what is nested in it."""
    places = [*block.items, len(block.text)]
    if places[0] > 0:
        places.insert(0, 0)
    for first, last in pairwise(places):
        item = block.text[first:last].rstrip()
        yield from _text(block.start, item, block.start + first, most)


def _rows(block: Block, most: int) -> Iterator[Piece]:
    """Yield a table's rows, without padding; the header is the prefix of each."""
    lines = block.text.split("\n")
    header = _row(lines[0])
    columns = max(header.count("|") - header.count("\\|") - 1, 1)
    prefix = f"{header}\n|{'---|' * columns}"
    # A header as large as a passage is text like any other.
    if len(lines) < 3 or tokens(prefix) > most // 2:
        yield from _text(block.start, "\n".join(map(_row, lines)), block.start, most)
        return
    place = block.start + len(lines[0]) + 1 + len(lines[1]) + 1
    start = block.start
    room = most - tokens(prefix)
    for line in lines[2:]:
        for piece in _text(block.start, _row(line), place, room):
            end = min(max(piece.end, place + len(line)), block.end)
            yield Piece(block.start, piece.text, start, end, piece.size, "\n", prefix)
            start = place
        place += len(line) + 1
        start = place


def _row(line: str) -> str:
    """Return a row without padding, a delimiter row in its shortest form."""
    if "|" not in line:
        return line.strip()
    if _DELIMITERS.fullmatch(line):
        return re.sub(r"-+", "---", re.sub(r"\s", "", line))
    return _CELL_EDGE.sub(" | ", line.strip()).strip()


def _code(block: Block, most: int) -> Iterator[Piece]:
    """Yield code whole, or groups of its lines, each in a fence of its own."""
    size = tokens(block.text)
    if size <= most:
        yield Piece(block.start, block.text, block.start, block.end, size)
        return
    fence = _FENCE.match(block.text)
    lines = block.text.split("\n")
    opening, mark = (lines[0], fence[1]) if fence else ("```", "```")
    place = block.start
    room = max(most - tokens(opening) - tokens(mark), most // 2)
    for line in lines:
        if not (fence and (line is lines[0] or _closes(line, mark, line is lines[-1]))):
            for piece in _text(block.start, line, place, room):
                if piece.text.strip():
                    yield replace(piece, prefix=opening, suffix=mark)
        place += len(line) + 1


def _closes(line: str, mark: str, is_last: bool) -> bool:
    return is_last and line.strip().startswith(mark)

"""Split an article into passages: by headings first, then by size. Pure.

Each passage fits the embedder (256 word pieces with its title path), begins and ends where the
text does (paragraphs, list items, table rows, sentences; words only where nothing else helps),
and no word is lost. A table that is split repeats its header row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from supportapp.knowledge.blocks import Block, Heading, parse
from supportapp.knowledge.pieces import Piece, pieces
from supportapp.knowledge.sizes import tokens

LONGEST_HEADING = 160
# However long the title path is, a passage has room for some text.
LEAST = 60


@dataclass(frozen=True)
class Limits:
    """Sizes in estimated word pieces: what a passage aims at, and what it never exceeds."""

    target: int = 180
    most: int = 230


@dataclass(frozen=True)
class Section:
    """One passage-to-be: its headings, outermost first, its Markdown, and its place in the body."""

    headings: tuple[str, ...]
    text: str
    start: int
    end: int


def split(title: str, body: str, limits: Limits | None = None) -> list[Section]:
    """Split a body into sections, in order. Every word stands in a text or in its headings."""
    limits = limits or Limits()
    sections: list[Section] = []
    path: list[tuple[int, Heading]] = []
    bare: Heading | None = None
    blocks: list[Block] = []
    for element in parse(body):
        if isinstance(element, Block):
            blocks.append(element)
            continue
        sections += _sections(title, path, bare, blocks, limits)
        path = [(level, above) for level, above in path if level < element.level]
        path.append((element.level, element))
        bare, blocks = element, []
    sections += _sections(title, path, bare, blocks, limits)
    return _without_empty_ends(sections)


def _sections(
    title: str,
    path: list[tuple[int, Heading]],
    bare: Heading | None,
    blocks: list[Block],
    limits: Limits,
) -> Iterator[Section]:
    """Pack what stands beneath one heading. A heading with nothing beneath it is its own text."""
    headings = tuple(heading.text[:LONGEST_HEADING] for _, heading in path)
    if bare and (not blocks or len(bare.text) > LONGEST_HEADING):
        blocks.insert(0, Block("paragraph", bare.source, bare.start, bare.end))
    room = limits.most - tokens(" > ".join((title, *headings)))
    most = max(room, LEAST)
    target = min(limits.target, most)
    flow = [piece for block in blocks for piece in pieces(block, most)]
    for group in _packed(flow, target, most):
        yield Section(headings, _joined(group), group[0].start, group[-1].end)


def _packed(flow: Iterable[Piece], target: int, most: int) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    size = 0
    for piece in flow:
        extra = _extra(piece, groups[-1][-1] if groups else None)
        # What starts a block may start a passage; what goes on tries to stay with it.
        room = target if piece.starts_block else most
        if groups and size + extra <= room:
            groups[-1].append(piece)
            size += extra
        else:
            groups.append([piece])
            size = _extra(piece, None)
    return _balanced(groups, target, most)


def _extra(piece: Piece, before: Piece | None) -> int:
    """Return how much a passage that ends with `before` grows by the piece."""
    goes_on = before is not None and before.block == piece.block
    return piece.size + (0 if goes_on else piece.frame_size)


def _balanced(groups: list[list[Piece]], target: int, most: int) -> list[list[Piece]]:
    """Give a short last group to the one before it, where it fits."""
    if len(groups) > 1:
        last, before = _size(groups[-1]), _size(groups[-2])
        if last < target // 4 and before + last <= most:
            return [*groups[:-2], groups[-2] + groups[-1]]
    return groups


def _size(group: list[Piece]) -> int:
    return sum(
        _extra(piece, before) for piece, before in zip(group, [None, *group[:-1]], strict=True)
    )


def _joined(group: list[Piece]) -> str:
    parts: list[str] = []
    for _, run in groupby(group, key=lambda piece: piece.block):
        pieces = list(run)
        text = pieces[0].text + "".join(piece.joiner + piece.text for piece in pieces[1:])
        frame = (pieces[0].prefix, text, pieces[0].suffix)
        parts.append("\n".join(part for part in frame if part))
    return "\n\n".join(parts)


def _without_empty_ends(sections: list[Section]) -> list[Section]:
    """Leave out sections that hold no letter or digit, such as a rule between two parts."""
    return [section for section in sections if any(map(str.isalnum, section.text))]

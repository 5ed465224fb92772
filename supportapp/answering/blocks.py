"""A passage's Markdown as blocks that may be quoted whole: sentences, lists, tables, code. Pure.

Every text in a block is the article's own, word for word, without HTML's tags. Headings are no
block: nobody is helped by a quoted heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from supportapp.answering import markup
from supportapp.retrieval import sentences

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$")
_QUOTE = re.compile(r"^\s*>\s?(?:\[!\w+\]\s*)?")
_FENCE = re.compile(r"^\s*(```|~~~)")
_RULE = re.compile(r"^\s*([-*_])(\s*\1){2,}\s*$")
_TABLE_LINE = re.compile(r"^\s*\|.*\|\s*$")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|[\s:|-]*$")
_CELL = re.compile(r"(?<!\\)\|")
_COLONS = (":", "：")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences that stand together."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Items with the sentence that leads into them. Ordered items are steps and stay together."""

    heading: str
    lead_in: str
    items: tuple[str, ...]
    ordered: bool
    start: int = 1

    @property
    def brief_items(self) -> tuple[str, ...]:
        """The first sentence of each item."""
        firsts = (sentences.split(item.partition("\n")[0]) for item in self.items)
        return tuple(first[0] for first in firsts if first)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header."""

    heading: str
    lead_in: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Fenced text."""

    heading: str
    lead_in: str
    text: str


Block = Paragraph | Listing | Table | Code


def parse(markdown: str) -> tuple[Block, ...]:
    """Read a passage into blocks, in order."""
    found: list[Block] = []
    heading = ""
    for lines in _groups(markup.as_markdown(markdown)):
        title = _HEADING.match(lines[0])
        if title:
            heading = sentences.plain(title[2])
            continue
        block = _block(lines, heading)
        if block is not None:
            found.append(block)
    return tuple(_with_lead_ins(_joined(found)))


def _groups(markdown: str) -> Iterator[list[str]]:
    """Yield runs of lines that belong to one block."""
    group: list[str] = []
    fenced = False
    for line in markdown.splitlines():
        fence = bool(_FENCE.match(line))
        if fenced:
            group.append(line)
            if fence:
                yield group
                group, fenced = [], False
            continue
        if group and (fence or _ends(group, line)):
            yield group
            group = []
        fenced = fence
        if line.strip() and not _RULE.match(line):
            group.append(_QUOTE.sub("", line))
    if group:
        yield group


def _ends(group: list[str], line: str) -> bool:
    if not line.strip() or _RULE.match(line) or _HEADING.match(line) or _HEADING.match(group[0]):
        return True
    if bool(_TABLE_LINE.match(line)) != bool(_TABLE_LINE.match(group[0])):
        return True
    return bool(_ITEM.match(line)) and not _ITEM.match(group[0])


def _block(lines: list[str], heading: str) -> Block | None:
    if _FENCE.match(lines[0]):
        return Code(heading, "", "\n".join(lines)) if len(lines) > 2 else None
    if len(lines) > 2 and _TABLE_LINE.match(lines[0]) and _TABLE_RULE.match(lines[1]):
        return Table(heading, "", _cells(lines[0]), tuple(_cells(line) for line in lines[2:]))
    if _ITEM.match(lines[0]):
        return _listing(lines, heading)
    text = " ".join(line.strip() for line in lines)
    return Paragraph(heading, sentences.split(text)) if text.strip("|-: ") else None


def _listing(lines: list[str], heading: str) -> Listing:
    first = _ITEM.match(lines[0])
    assert first is not None
    indent = len(first[1])
    items: list[list[str]] = []
    for line in lines:
        item = _ITEM.match(line)
        if item and len(item[1]) <= indent:
            items.append([item[3].strip()])
        elif item:
            items[-1].append(f"   {item[2]} {item[3].strip()}")
        else:
            items[-1][-1] += f" {line.strip()}"
    ordered = first[2][0].isdigit()
    return Listing(
        heading=heading,
        lead_in="",
        items=tuple("\n".join(item) for item in items),
        ordered=ordered,
        start=int(first[2][:-1]) if ordered else 1,
    )


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in _CELL.split(line.strip().strip("|")))


def _joined(blocks: list[Block]) -> list[Block]:
    """Make one list of items that stand with blank lines between them."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if isinstance(block, Listing) and isinstance(last, Listing) and _follows(last, block):
            joined[-1] = replace(last, items=last.items + block.items)
        else:
            joined.append(block)
    return joined


def _follows(last: Listing, block: Listing) -> bool:
    same = last.heading == block.heading and last.ordered == block.ordered
    return same and (not block.ordered or block.start in {1, last.start + len(last.items)})


def _with_lead_ins(blocks: list[Block]) -> Iterator[Block]:
    """Hand a paragraph's last sentence to the list or table that it introduces."""
    held: Paragraph | None = None
    for block in blocks:
        if isinstance(block, Paragraph):
            if held is not None:
                yield held
            held = block
            continue
        lead_in = ""
        if held is not None:
            lead_in, rest = _lead_in(held)
            if rest.sentences:
                yield rest
            held = None
        yield _introduced(block, lead_in)
    if held is not None:
        yield held


def _lead_in(paragraph: Paragraph) -> tuple[str, Paragraph]:
    last = paragraph.sentences[-1]
    if not sentences.plain(last).endswith(_COLONS):
        return "", paragraph
    return last, Paragraph(paragraph.heading, paragraph.sentences[:-1])


def _introduced(block: Listing | Table | Code, lead_in: str) -> Block:
    return replace(block, lead_in=lead_in)

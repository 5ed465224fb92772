"""A Markdown body as headings and blocks, each with its place. Pure.

markdown-it says where blocks begin and end; lines that it keeps out of its output, such as link
definitions, are paragraphs here, so that no word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from supportapp.knowledge.plaintext import plain

Kind = Literal["paragraph", "list", "table", "code"]
_KINDS: dict[str, Kind] = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
}


# The anchor that some Markdown dialects write behind a heading: `## Reset {#reset}`.
_ANCHOR = re.compile(r"\s*\{#[\w-]+\}\s*$")


@dataclass(frozen=True)
class Heading:
    """A heading's level, words, Markdown and place."""

    level: int
    text: str
    source: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """One block between headings; `items` are the places where a list's items begin."""

    kind: Kind
    text: str
    start: int
    end: int
    items: tuple[int, ...] = ()


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


class _Lines:
    """The body's lines by number, and where in the body each begins."""

    def __init__(self, body: str) -> None:
        self.lines = body.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def block(self, kind: Kind, first: int, last: int, items: tuple[int, ...] = ()) -> Block | None:
        """Return the lines from `first` up to `last` as a block, without blank lines around it."""
        while first < last and not self.lines[first].strip():
            first += 1
        while last > first and not self.lines[last - 1].strip():
            last -= 1
        if first == last:
            return None
        text = "\n".join(self.lines[first:last])
        start = self.starts[first]
        places = tuple(self.starts[line] - start for line in items)
        return Block(kind, text, start, start + len(text), places)


def parse(body: str) -> Iterator[Heading | Block]:
    """Yield a body's headings and blocks in order."""
    # The parser counts a lone carriage return as a line end; places must not move.
    body = body.replace("\r\n", " \n").replace("\r", "\n")
    lines = _Lines(body)
    at = 0
    for position, token, tokens in _top_level(body):
        assert token.map is not None
        first, last = token.map
        if gap := lines.block("paragraph", at, first):
            yield gap
        if token.type == "heading_open":
            heading = _heading(token, tokens[position + 1], lines)
            if heading:
                yield heading
        else:
            kind = _KINDS.get(token.type, "paragraph")
            items = _items(tokens, position) if kind == "list" else ()
            if block := lines.block(kind, first, last, items):
                yield block
        at = max(at, last)
    if rest := lines.block("paragraph", at, len(lines.lines)):
        yield rest


def _top_level(body: str) -> Iterator[tuple[int, Token, list[Token]]]:
    tokens = _parser().parse(body)
    for position, token in enumerate(tokens):
        if token.level == 0 and token.nesting >= 0 and token.map:
            yield position, token, tokens


def _heading(opening: Token, inline: Token, lines: _Lines) -> Heading | None:
    text = " ".join(plain(_ANCHOR.sub("", inline.content)).split())
    assert opening.map is not None
    first, last = opening.map
    if not text:
        return None
    source = "\n".join(lines.lines[first:last])
    start = lines.starts[first] + max(source.find(inline.content), 0)
    end = start + len(inline.content)
    return Heading(int(opening.tag[1]), text, inline.content, start, end)


def _items(tokens: list[Token], position: int) -> tuple[int, ...]:
    """Return the first lines of a list's own items."""
    level = tokens[position].level
    starts = []
    for token in tokens[position + 1 :]:
        if token.level == level and token.nesting < 0:
            break
        if token.type == "list_item_open" and token.level == level + 1 and token.map:
            starts.append(token.map[0])
    return tuple(starts)

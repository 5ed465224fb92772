"""Markdown files with YAML front matter, one article each; older revisions stand beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from supportapp.knowledge.cleaning import clean, clean_line
from supportapp.knowledge.formats.fields import Fields, slug_of
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.formats.sniffing import decoded
from supportapp.knowledge.plaintext import plain
from supportapp.knowledge.values import ArticleText

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")


def has_front_matter(data: bytes) -> bool:
    """Say whether a file begins as articles do."""
    return _FRONT_MATTER.match(decoded(data).replace("\r\n", "\n").lstrip("\ufeff")) is not None


def read_markdown(file: SourceFile, data: bytes, options: ReadOptions) -> Iterator[Record]:
    """Yield the file's one article, with the revisions that came before it."""
    fields, text = _article(decoded(data), file, options)
    slug = slug_of(fields.slug or file.stem)
    if not slug:
        raise Refused("its name has no letter or digit to make an address of")
    if any(older.size > options.max_bytes for older in file.history):
        raise Refused("an older revision beside it is too large")
    history = tuple(_article(decoded(older.read()), older, options)[1] for older in file.history)
    yield Record.of(
        file.name,
        file.source,
        text,
        slug=slug,
        slug_is_fixed=True,
        owner=fields.owner,
        review_by=fields.review_by,
        history=history,
    )


def _article(text: str, file: SourceFile, options: ReadOptions) -> tuple[Fields, ArticleText]:
    values, body = split_front_matter(clean(text))
    fields = Fields.read(values)
    heading, rest = first_heading(body)
    if not fields.title:
        fields.title = heading or file.title.capitalize()
    if heading == fields.title and plain(rest):
        body = rest
    return fields, fields.article_text(body, audience=options.audience, most=options.max_characters)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Return the front matter's values and the body; raises Refused where it isn't YAML."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        if text.lstrip().startswith("---\n") and "\naudience:" in text:
            raise Refused("its front matter has no end (a line of ---)")
        return {}, text
    try:
        values = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 2}" if mark else ""
        raise Refused(f"its front matter isn't valid YAML{line}") from None
    if values is None:
        return {}, text[match.end() :]
    if not isinstance(values, dict):
        raise Refused("its front matter isn't a list of names and values")
    return values, text[match.end() :]


def first_heading(body: str) -> tuple[str, str]:
    """Return the words of a first heading of level 1, and what follows; "" where there is none."""
    match = _TITLE.match(body)
    if match is None:
        return "", body
    return clean_line(plain(match[1])), body[match.end() :]

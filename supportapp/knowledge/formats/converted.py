"""Web pages, PDFs and Word documents: one article each, converted in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

from supportapp.knowledge import plaintext
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.formats.fields import Fields, slug_of
from supportapp.knowledge.formats.markdown import first_heading
from supportapp.knowledge.formats.records import (
    CONVERSION,
    ReadOptions,
    Record,
    Refused,
    SourceFile,
)
from supportapp.knowledge.plaintext import plain
from supportapp.knowledge.values import ArticleText


def read_converted(
    file: SourceFile, data: bytes, options: ReadOptions, kind: str
) -> Iterator[Record]:
    """Yield the file's one article; it is converted only when its words are asked for."""

    def text() -> ArticleText:
        return _text(file, data, options, kind)

    stamp = f"{CONVERSION}\n{options.audience}\n{file.stem}\n".encode()
    yield Record(
        file.name,
        file.source,
        plaintext.digest(stamp + data),
        slug_of(file.stem) or f"file-{plaintext.digest(file.source)[:8]}",
        text,
    )


def _text(file: SourceFile, data: bytes, options: ReadOptions, kind: str) -> ArticleText:
    made = options.convert(kind, data)
    if not plain(made.markdown):
        hint = "; a scanned page has to go through text recognition first" if kind == "pdf" else ""
        raise Refused(f"there is no text in it{hint}")
    heading, rest = first_heading(made.markdown)
    title = heading or clean_line(made.title) or file.title
    body = rest if heading and plain(rest) else made.markdown
    fields = Fields.read({"title": title})
    return fields.article_text(body, audience=options.audience, most=options.max_characters)

"""Read one file into records: check its size and its bytes, then hand it to its format."""

from __future__ import annotations

from collections.abc import Iterator

from supportapp.knowledge.formats.converted import read_converted
from supportapp.knowledge.formats.jsonl import read_jsonl
from supportapp.knowledge.formats.markdown import read_markdown
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.formats.sniffing import kind_of
from supportapp.knowledge.formats.tables import read_csv, read_xlsx
from supportapp.knowledge.values import Refusal


def read(file: SourceFile, options: ReadOptions) -> Iterator[Record | Refusal]:
    """Yield a file's records; what can't be read is a refusal by name, never an exception."""
    try:
        yield from _read(file, options)
    except Refused as error:
        yield Refusal(file.name, str(error))
    except OSError as error:
        yield Refusal(file.name, f"it can't be opened ({error.strerror})")


def _read(file: SourceFile, options: ReadOptions) -> Iterator[Record | Refusal]:
    if file.size > options.max_bytes:
        raise Refused(f"it is larger than {options.max_bytes / 1e6:,.1f} MB")
    data = file.read()
    match kind_of(file.suffix, data):
        case "markdown":
            yield from read_markdown(file, data, options)
        case "jsonl":
            yield from read_jsonl(file, data, options)
        case "csv":
            yield from read_csv(file, data, options)
        case "xlsx":
            yield from read_xlsx(file, data, options)
        case kind:
            yield from read_converted(file, data, options, kind)

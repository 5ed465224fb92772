"""JSON lines, one article each: {"id", "text", "title"?, "entity"?, "domain"?, …}."""

from __future__ import annotations

import json
from collections.abc import Iterator

from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.formats.fields import Fields, slug_of
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.formats.sniffing import decoded
from supportapp.knowledge.values import Refusal

LONGEST_ID = 200


def read_jsonl(file: SourceFile, data: bytes, options: ReadOptions) -> Iterator[Record | Refusal]:
    """Yield the lines' articles, and a refusal for each line that isn't one."""
    seen: set[str] = set()
    for number, line in enumerate(decoded(data).split("\n"), start=1):
        if not line.strip():
            continue
        name = f"{file.name} line {number}"
        try:
            record = _record(name, line, file, options)
            if record.source in seen:
                raise Refused("its id stands on an earlier line too")
        except Refused as error:
            yield Refusal(name, str(error))
        else:
            seen.add(record.source)
            yield record


def _record(name: str, line: str, file: SourceFile, options: ReadOptions) -> Record:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise Refused(f"it isn't valid JSON ({error.msg} at character {error.pos})") from None
    except RecursionError:
        raise Refused("it is nested too deeply") from None
    if not isinstance(values, dict):
        raise Refused("it isn't a JSON object")
    identity, body = values.get("id"), values.get("text")
    if not isinstance(identity, str | int) or not str(identity).strip():
        raise Refused("it has no id")
    if len(str(identity)) > LONGEST_ID:
        raise Refused(f"its id is longer than {LONGEST_ID} characters")
    if not isinstance(body, str):
        raise Refused("it has no text")
    values.setdefault("subject", values.get("entity"))
    if not values.get("tags"):
        values["tags"] = [part for part in (values.get("domain"), values.get("category")) if part]
    fields = Fields.read(values)
    text = fields.article_text(body, audience=options.audience, most=options.max_characters)
    return Record.of(
        name,
        record_source(file.source, str(identity)),
        text,
        slug=slug_of(fields.slug or text.title) or slug_of(str(identity)),
        owner=fields.owner,
        review_by=fields.review_by,
    )


def record_source(file: str, identity: str) -> str:
    """Return a record's lasting name: the file's, then # and its own id."""
    return f"{file.replace('#', '_')[:90]}#{clean_line(identity)}"

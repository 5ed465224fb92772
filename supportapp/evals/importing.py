"""Lines of a file become a dataset's examples: whole or not at all, and the same file only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.evals import datasets, lines
from supportapp.evals.models import Dataset, Example
from supportapp.knowledge.models import Workspace

SAMPLE = Path(__file__).parent / "data" / "golden.jsonl"


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def decode(data: bytes) -> str:
    """Return an uploaded file's text; raises BadLine."""
    if len(data) > lines.MOST_BYTES:
        raise lines.BadLine(f"At most {lines.MOST_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise lines.BadLine("The file isn't UTF-8.") from None
    if "\0" in text:
        raise lines.BadLine("The file isn't text.")
    return text


def load(dataset: Dataset, text: str, author: User | None = None) -> Report:
    """Add a text's examples; those with a key or a turn that is there are edited where they differ.

    Raises BadLine, and then nothing was added.
    """
    read = list(lines.read(text))
    lines.keys(read)
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    with transaction.atomic():
        known = list(dataset.current)
        by_key = {each.key: each for each in known}
        by_turn = {each.source_turn: each for each in known}
        by_turn.pop(None, None)
        asked = {_asked(each.question, each.context): each for each in known}
        for each in read:
            line = each.example
            fields = _fields(line)
            there = (
                by_key.get(line.key)
                if line.key
                else by_turn.get(line.turn) or asked.get(_asked(line.question, fields["context"]))
            )
            counts[_put(dataset, there, line, fields, author)] += 1
    return Report(**counts)


def load_sample(workspace: Workspace) -> Report | None:
    """Give a workspace that has no golden example those of the sample help centre.

    Only where the sample's articles are: elsewhere they would ask about nothing.
    """
    text = SAMPLE.read_text(encoding="utf-8")
    wanted = {slug for each in lines.read(text) for slug in each.example.articles}
    there = workspace.articles.filter(slug__in=wanted, state="published").count()
    dataset = datasets.golden(workspace)
    if there < len(wanted) or dataset.examples.exists():
        return None
    return load(dataset, text)


def _put(
    dataset: Dataset,
    there: Example | None,
    line: lines.PlainLine,
    fields: Mapping[str, Any],
    author: User | None,
) -> str:
    if there is None:
        datasets.add(dataset, key=line.key, turn=line.turn, author=author, **fields)
        return "added"
    edited = datasets.edit(there, fields, author)
    return "unchanged" if edited.pk == there.pk else "changed"


def _fields(line: lines.PlainLine) -> dict[str, Any]:
    return line.model_dump(exclude={"key", "turn"})


def _asked(question: str, context: Any) -> tuple[str, str]:
    return question, str(context)

"""A benchmark folder as the peers read it: plain JSON lines, no Django.

The folder's form is that of `manage.py bench retrieval`. Where it also holds passages.jsonl
{id, text}, its corpus consists of whole articles and these are their parts, cut as the product
cuts them, for peers that search what they are given.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bench.peers.protocol import Passage

# Evenly spaced ones are as good as all, and the run ends sooner.
MOST_UNANSWERABLE = 200
# The embedder reads 256 word pieces: of a longer conversation, the latest words are kept.
MOST_WORDS = 150
DEPTH = 10
# Parts of one article take several places before ten articles are named.
DEPTH_IN_PARTS = 30
Line = dict[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what was said before, oldest first."""

    id: str
    text: str
    said: tuple[str, ...] = ()

    def after_conversation(self) -> str:
        """Return the question with the conversation before it, as much as the embedder reads."""
        words = " ".join((*self.said, "")).split()
        kept = max(0, MOST_WORDS - len(self.text.split()))
        return " ".join((*words[-kept:], self.text)) if kept else self.text


@dataclass(frozen=True)
class SearchSet:
    """Passages, questions with known answers, and questions that have none."""

    name: str
    passages: list[Passage]
    depth: int
    questions: list[Question]
    unanswerable: list[Question]
    grades: dict[str, dict[str, int]]

    @property
    def has_conversations(self) -> bool:
        """Return whether anything was said before any question."""
        return any(question.said for question in self.questions)


def read(folder: Path) -> SearchSet:
    """Read a benchmark folder."""
    grades = read_grades(folder / "qrels.tsv")
    parts = folder / "passages.jsonl"
    nothing = folder / "no_answer_queries.jsonl"
    unanswerable = [_question(line) for line in _lines(nothing)] if nothing.exists() else []
    return SearchSet(
        name=folder.resolve().name,
        passages=[_passage(line) for line in _lines(parts if parts.exists() else _corpus(folder))],
        depth=DEPTH_IN_PARTS if parts.exists() else DEPTH,
        questions=[q for q in map(_question, _lines(folder / "queries.jsonl")) if q.id in grades],
        unanswerable=evenly(unanswerable, MOST_UNANSWERABLE),
        grades=grades,
    )


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most so many of the items, evenly spaced."""
    if len(items) <= most:
        return list(items)
    return [items[place * len(items) // most] for place in range(most)]


def read_grades(path: Path) -> dict[str, dict[str, int]]:
    """Return what is relevant to each question that has anything relevant."""
    grades: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        for query, item, grade in rows:
            grades.setdefault(query, {})[item] = int(grade)
    return {query: items for query, items in grades.items() if any(g > 0 for g in items.values())}


def _corpus(folder: Path) -> Path:
    return folder / "corpus.jsonl"


def _lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def _passage(line: Line) -> Passage:
    # What a text is about and its title go before it: peers have no fields, and rank better so.
    path = " > ".join(part for part in (line.get("entity"), line.get("title")) if part)
    text = "\n".join(part for part in (path, line["text"]) if part)
    # Postgres refuses NUL.
    return Passage(str(line["id"]), text.replace("\0", " "))


def _question(line: Line) -> Question:
    said = tuple(str(turn["text"]) for turn in line.get("context") or ())
    return Question(str(line["id"]), str(line["text"]), said)

"""Read a benchmark from its folder.

A folder holds corpus.jsonl {id, title?, text, domain?, entity?}, queries.jsonl {id, text,
context?: [{speaker, text}]}, qrels.tsv with a header, and maybe no_answer_queries.jsonl. Other
fields are ignored.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval.values import SearchQuery, Utterance

LONGEST_TITLE = 200
LONGEST_MADE_TITLE = 80


class BenchmarkError(Exception):
    """The folder isn't a benchmark; the message says what is wrong with it."""


def _text(value: object) -> str:
    return "" if value is None else str(value)


Text = Annotated[str, BeforeValidator(_text)]


class CorpusLine(BaseModel):
    """One passage or article of the corpus."""

    id: Text
    text: Text
    title: Text = ""
    domain: Text = ""
    entity: Text = ""

    def article(self) -> ArticleText:
        """Return it as an article: the entity is its subject, the domain its tag."""
        title = clean_line(self.title) or clean_line(self.text)[:LONGEST_MADE_TITLE] or self.id
        return ArticleText(
            title=title[:LONGEST_TITLE],
            body=self.text or title,
            subject=clean_line(self.entity)[:120],
            tags=(clean_line(self.domain)[:60],) if self.domain.strip() else (),
        )


class TurnLine(BaseModel):
    """Something said before the question."""

    speaker: Literal["U", "S"]
    text: Text


class QueryLine(BaseModel):
    """One question with its conversation, oldest turn first."""

    id: Text
    text: Text
    context: list[TurnLine] = []

    def query(self, *, with_context: bool = True) -> SearchQuery:
        """Return what is searched for."""
        said = self.context if with_context else []
        return SearchQuery(self.text, tuple(Utterance(t.speaker, t.text) for t in said))


@dataclass(frozen=True)
class Benchmark:
    """A folder's questions and judgements; the corpus stays on disk until it is loaded."""

    folder: Path
    corpus_hash: str
    corpus_size: int
    queries: list[QueryLine]
    grades: dict[str, dict[str, int]]
    unanswerable: list[QueryLine]

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return self.folder.resolve().name

    def corpus(self) -> Iterator[CorpusLine]:
        """Read the corpus, line by line."""
        return lines(self.folder / "corpus.jsonl", CorpusLine)


def read(folder: Path) -> Benchmark:
    """Read the folder; raises BenchmarkError where something is missing or malformed."""
    corpus = folder / "corpus.jsonl"
    try:
        with corpus.open("rb") as file:
            corpus_hash = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            size = sum(1 for line in file if line.strip())
    except OSError as error:
        raise BenchmarkError(f"{corpus}: {error.strerror}.") from None
    grades = _grades(folder / "qrels.tsv")
    queries = [q for q in lines(folder / "queries.jsonl", QueryLine) if q.id in grades]
    unanswerable = folder / "no_answer_queries.jsonl"
    return Benchmark(
        folder=folder,
        corpus_hash=corpus_hash,
        corpus_size=size,
        queries=queries,
        grades=grades,
        unanswerable=list(lines(unanswerable, QueryLine)) if unanswerable.exists() else [],
    )


Line = TypeVar("Line", bound=BaseModel)


def lines(path: Path, kind: type[Line]) -> Iterator[Line]:
    """Read a file line by line; raises BenchmarkError where one is malformed."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _parsed(line, kind, f"{path}, line {number}")
    except OSError as error:
        raise BenchmarkError(f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BenchmarkError(f"{path} isn't UTF-8.") from None


def _parsed(line: str, kind: type[Line], place: str) -> Line:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BenchmarkError(
            f"{place}: {where} {first['msg'].lower()}.".replace("  ", " ")
        ) from None


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows, None)
            for number, row in enumerate(rows, start=2):
                if row:
                    query, item, grade = _judgement(row, f"{path}, line {number}")
                    grades.setdefault(query, {})[item] = grade
    except OSError as error:
        raise BenchmarkError(f"{path}: {error.strerror}.") from None
    return {query: items for query, items in grades.items() if any(g > 0 for g in items.values())}


def _judgement(row: list[str], place: str) -> tuple[str, str, int]:
    try:
        query, item, grade = row
        return query, item, int(grade)
    except ValueError:
        raise BenchmarkError(f"{place}: not “query-id, corpus-id, score” with tabs.") from None

"""Compare two embedding models: the same labelled questions, the same passages, the same search.

Vectors that either model lacks in the workspace are made first, so that both are whole there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from supportapp.evals import loading, ranking
from supportapp.evals.benchmark import Benchmark, BenchmarkError, QueryLine, Text, TurnLine
from supportapp.evals.ranking import Estimate
from supportapp.evals.retrieval import MEASURES, Ranked, Runner
from supportapp.knowledge import embedders
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.embedders import Endpoint, Purpose
from supportapp.knowledge.filling import Filler
from supportapp.knowledge.models import EmbeddingModel, Passage, Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval.values import VECTORS, Limits

Progress = Callable[[str, int, int], None]
MOST_QUESTIONS = 2000
MOST_CHANGED = 50
DIGITS = 4
DECIDING = "ndcg@10"


class LabelledLine(BaseModel):
    """One line of a file of questions: the slugs of the articles that answer it."""

    id: Text = ""
    text: Text
    context: list[TurnLine] = []
    articles: list[str]


@dataclass(frozen=True)
class Questions:
    """What is asked in one workspace, and how good each item would be as an answer."""

    name: str
    workspace_id: int
    ids: Mapping[int, str]
    queries: Sequence[QueryLine]
    grades: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class _Side:
    """One model's rankings and their values, question by question."""

    ranked: Sequence[Ranked]
    values: Mapping[str, Sequence[float]]
    is_paced: bool

    @property
    def milliseconds(self) -> float | None:
        if self.is_paced:
            return None
        return round(float(np.median([each.milliseconds["total"] for each in self.ranked])), 2)


def of_benchmark(folder: Benchmark, progress: Progress, limit: int | None = None) -> Questions:
    """Return a benchmark's questions, its corpus in a workspace of its own."""
    workspace = loading.load(folder, progress)
    ids = loading.corpus_ids(folder, workspace)
    return Questions(folder.name, workspace.pk, ids, folder.queries[:limit], folder.grades)


def parse(text: str) -> list[LabelledLine]:
    """Read questions, one JSON object a line. Raises BenchmarkError that names the line."""
    lines: list[LabelledLine] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = LabelledLine.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BenchmarkError(f"Line {number}: {where} {first['msg'].lower()}.") from None
        if found.articles:
            kept = {"id": clean_line(found.id) or str(number), "text": clean_line(found.text)}
            lines.append(found.model_copy(update=kept))
    if not lines:
        raise BenchmarkError("No line holds a question with its articles.")
    if len(lines) > MOST_QUESTIONS:
        raise BenchmarkError(f"At most {MOST_QUESTIONS:,} questions.")
    return lines


def of_workspace(name: str, workspace: Workspace, lines: Sequence[LabelledLine]) -> Questions:
    """Return labelled questions to a workspace's own articles. Raises BenchmarkError."""
    live = Passage.objects.filter(workspace=workspace, generation_removed__isnull=True)
    ids = dict(live.values_list("pk", "article__slug"))
    known = set(ids.values())
    if unknown := sorted({slug for line in lines for slug in line.articles} - known):
        listed = ", ".join(unknown[:5])
        raise BenchmarkError(f"{workspace.name} has no published article {listed}.")
    queries = [QueryLine(id=each.id, text=each.text, context=each.context) for each in lines]
    grades = {each.id: dict.fromkeys(each.articles, 1) for each in lines}
    if len(grades) < len(lines):
        raise BenchmarkError("Two questions have the same id.")
    return Questions(name, workspace.pk, ids, queries, grades)


def compare(
    questions: Questions, first: EmbeddingModel, second: EmbeddingModel, progress: Progress
) -> dict[str, Any]:
    """Ask everything with either model; figures have stable keys. Raises EmbeddingUnavailable."""
    one, other = (_side(questions, model, progress) for model in (first, second))
    return {
        "dataset": questions.name,
        "queries": len(questions.queries),
        "passages": len(questions.ids),
        "models": [first.name, second.name],
        "measures": {
            name: {
                "first": _rounded(ranking.estimate(one.values[name])),
                "second": _rounded(ranking.estimate(other.values[name])),
                "difference": _rounded(ranking.difference(other.values[name], one.values[name])),
            }
            for name in MEASURES
        },
        "ms_p50": [one.milliseconds, other.milliseconds],
        "changed": _changed(questions, one, other),
        "better": _count(one, other, 1),
        "worse": _count(one, other, -1),
    }


def _side(questions: Questions, model: EmbeddingModel, progress: Progress) -> _Side:
    stage = f"Vectors of {model.name}"
    filler = Filler(model, questions.workspace_id)
    filler.run(progress=lambda done, total: progress(stage, done, total))
    # A model with a rate is asked at its pace, so that how long it takes says nothing.
    purpose = Purpose.PUBLICATION if model.requests_per_minute else Purpose.QUESTION
    embedder = embedders.of(Endpoint.of(model), purpose)
    runner = Runner(questions.workspace_id, questions.ids, embedder, Limits())
    ranked = runner.run(questions.queries, progress, stage=model.name, with_context=True)
    if lacking := sum(VECTORS in found.degraded for found in ranked):
        raise EmbeddingUnavailable(f"{model.name} gave no vector for {lacking} questions")
    values = {
        name: [value(found.ids, questions.grades[found.query]) for found in ranked]
        for name, value in MEASURES.items()
    }
    return _Side(ranked, values, is_paced=purpose is Purpose.PUBLICATION)


def _rounded(estimate: Estimate) -> dict[str, float]:
    return {
        "mean": round(estimate.mean, DIGITS),
        "low": round(estimate.low, DIGITS),
        "high": round(estimate.high, DIGITS),
    }


def _count(one: _Side, other: _Side, sign: int) -> int:
    pairs = zip(one.values[DECIDING], other.values[DECIDING], strict=True)
    return sum((after - before) * sign > 0 for before, after in pairs)


def _changed(questions: Questions, one: _Side, other: _Side) -> list[dict[str, Any]]:
    """Return the questions whose ranking got better or worse, the most changed first."""
    rows: list[dict[str, Any]] = [
        {
            "id": query.id,
            "question": query.text,
            "first": round(before, DIGITS),
            "second": round(after, DIGITS),
            "first_found": old.ids[:1],
            "second_found": new.ids[:1],
        }
        for query, before, after, old, new in zip(
            questions.queries,
            one.values[DECIDING],
            other.values[DECIDING],
            one.ranked,
            other.ranked,
            strict=True,
        )
        if before != after
    ]
    rows.sort(key=lambda row: (-abs(row["second"] - row["first"]), row["id"]))
    return rows[:MOST_CHANGED]

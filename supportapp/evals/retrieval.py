"""Run a benchmark's questions through the search that customers use, and measure the rankings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from supportapp.evals import ranking
from supportapp.evals.benchmark import Benchmark, QueryLine
from supportapp.evals.ranking import Estimate
from supportapp.llm.protocols import Embedder
from supportapp.retrieval.confidence import NOTHING
from supportapp.retrieval.rerank import Reranking
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Clues, Limits, Scope, SearchQuery, SearchResult

DEPTH = 100
WARM_UP = 5
MEASURES: dict[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
    "ndcg@10": lambda ranked, grades: ranking.ndcg(ranked, grades, 10),
    "mrr@10": lambda ranked, grades: ranking.reciprocal_rank(ranked, grades, 10),
    "recall@1": lambda ranked, grades: ranking.recall(ranked, grades, 1),
    "recall@5": lambda ranked, grades: ranking.recall(ranked, grades, 5),
    "recall@10": lambda ranked, grades: ranking.recall(ranked, grades, 10),
}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question's ranking: corpus ids with scores, best first, and what it took."""

    query: str
    items: tuple[tuple[str, float], ...]
    confidence: float
    milliseconds: dict[str, float]
    degraded: frozenset[str] = frozenset()
    clues: Clues = NOTHING

    @property
    def ids(self) -> list[str]:
        """Return the ids alone."""
        return [item for item, _ in self.items]


@dataclass(frozen=True)
class Measured:
    """A run over a benchmark."""

    dataset: str
    passages: int
    with_context: bool
    ranked: list[Ranked]
    values: dict[str, list[float]]
    unanswerable: list[Ranked] = field(default_factory=list)

    def estimates(self) -> dict[str, Estimate]:
        """Return each measure's mean and interval."""
        return {name: ranking.estimate(values) for name, values in self.values.items()}

    def percentile(self, percent: float, stage: str = "total") -> float:
        """Return a stage's milliseconds at a percentile."""
        spent = [ranked.milliseconds.get(stage, 0.0) for ranked in self.ranked]
        return float(np.percentile(spent, percent)) if spent else 0.0

    @property
    def stages(self) -> list[str]:
        """Return the names of the stages, in the order they ran."""
        return list(dict.fromkeys(s for r in self.ranked for s in r.milliseconds if s != "total"))


class Runner:
    """Searches one workspace as its public would."""

    def __init__(
        self,
        workspace_id: int,
        ids: Mapping[int, str],
        embedder: Embedder,
        limits: Limits,
        reranking: Reranking | None = None,
    ) -> None:
        self._scope = Scope(workspace_id, frozenset({"public"}))
        self._ids = ids
        self._embedder = embedder
        self._limits = limits
        self._reranking = reranking

    def run(
        self, queries: Sequence[QueryLine], progress: Progress, *, stage: str, with_context: bool
    ) -> list[Ranked]:
        """Search for every question; the first few are asked twice, to be warm."""
        asked = [line.query(with_context=with_context) for line in queries]
        for query in asked[:WARM_UP]:
            self._search(query)
        found = []
        for number, (line, query) in enumerate(zip(queries, asked, strict=True), start=1):
            found.append(self._ranked(line.id, query))
            progress(stage, number, len(queries))
        return found

    def _search(self, query: SearchQuery) -> SearchResult:
        return search(
            query,
            self._scope,
            limits=self._limits,
            embedder=self._embedder,
            reranking=self._reranking,
        )

    def _ranked(self, name: str, query: SearchQuery) -> Ranked:
        began = time.perf_counter()
        result = self._search(query)
        total = (time.perf_counter() - began) * 1000
        best: dict[str, float] = {}
        for candidate in result.candidates:
            best.setdefault(self._ids[candidate.passage_id], candidate.fused_score)
        items = tuple(list(best.items())[:DEPTH])
        if self._reranking is not None:
            # Only places compare between what was reranked and what wasn't.
            items = tuple((item, 1 / place) for place, (item, _) in enumerate(items, start=1))
        spent = result.milliseconds | {"total": total}
        return Ranked(name, items, result.confidence, spent, result.degraded, result.clues)


def measure(
    benchmark: Benchmark,
    runner: Runner,
    passages: int,
    progress: Progress,
    *,
    limit: int | None = None,
    with_context: bool = True,
) -> Measured:
    """Rank for all questions (or the first `limit`) and measure each ranking."""
    queries = benchmark.queries[:limit]
    ranked = runner.run(queries, progress, stage="Questions", with_context=with_context)
    values = {
        name: [value(found.ids, benchmark.grades[found.query]) for found in ranked]
        for name, value in MEASURES.items()
    }
    return Measured(
        dataset=benchmark.name,
        passages=passages,
        with_context=with_context,
        ranked=ranked,
        values=values,
        unanswerable=runner.run(
            benchmark.unanswerable[:limit],
            progress,
            stage="Unanswerable questions",
            with_context=with_context,
        ),
    )


def trec_lines(measured: Measured, tag: str = "supportapp") -> list[str]:
    """Return the rankings in TREC's form: query Q0 item rank score tag."""
    return [
        f"{found.query}\tQ0\t{item}\t{rank}\t{score:.6f}\t{tag}"
        for found in measured.ranked
        for rank, (item, score) in enumerate(found.items, start=1)
    ]

"""The product's own search, through the code of `manage.py bench retrieval`, into runs.

Needs Django; the import goes into a workspace of its own, as that command's does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench.peers import runs, sets
from bench.peers.figures import LOOKED_AT, OURS
from bench.peers.protocol import Scored
from bench.peers.runs import CONVERSATION, MESSAGE, Rankings, Run
from bench.peers.vectors import Vectors
from supportapp.evals import benchmark, loading
from supportapp.evals.benchmark import Benchmark, QueryLine
from supportapp.evals.calibrating import Case, unseen
from supportapp.evals.retrieval import Ranked, Runner
from supportapp.knowledge import embeddings
from supportapp.llm.embedding import LocalEmbedder
from supportapp.retrieval import confidence
from supportapp.retrieval.values import Limits


def keep_passage_vectors(cache: Path) -> None:
    """Let imports take passages' vectors from the disk; questions are embedded afresh."""
    kept = Vectors(cache)
    embeddings.current_embedder = lambda *purpose: kept


def measure(folder: Path, out: Path) -> None:
    """Import a set, ask everything with and without the conversation, and write the runs."""
    searched = sets.read(folder)
    known = benchmark.read(folder)
    began = time.perf_counter()
    workspace = loading.load(known, _quiet)
    seconds = time.perf_counter() - began
    ids = loading.corpus_ids(known, workspace)
    embedder = LocalEmbedder(bulk_threads=len(os.sched_getaffinity(0)))
    runner = Runner(workspace.pk, ids, embedder, Limits())
    chosen = {question.id for question in searched.unanswerable}
    unanswerable = [line for line in known.unanswerable if line.id in chosen]
    for reading in (CONVERSATION, MESSAGE) if searched.has_conversations else (MESSAGE,):
        asked = (known.queries, unanswerable)
        runs.save(_run(runner, known, asked, reading, seconds), out / searched.name)


def _run(
    runner: Runner,
    known: Benchmark,
    asked: tuple[Sequence[QueryLine], Sequence[QueryLine]],
    reading: str,
    seconds: float,
) -> Run:
    ranked, unanswerable = (
        runner.run(lines, _quiet, stage="", with_context=reading == CONVERSATION) for lines in asked
    )
    return Run(
        system=OURS,
        reading=reading,
        ranked=_rankings(ranked),
        unanswerable=_rankings(unanswerable),
        milliseconds=[each.milliseconds["total"] for each in ranked],
        confidence={each.query: each.confidence for each in (*ranked, *unanswerable)},
        seconds_to_index=seconds,
        calibrated=_calibrated(known, ranked, unanswerable),
    )


def _calibrated(
    known: Benchmark, ranked: Sequence[Ranked], unanswerable: Sequence[Ranked]
) -> dict[str, float]:
    """Return how sure the product is of each answer once it has learned from labels: those of the
    other conversations alone. None where there is nothing that must be declined."""
    if not unanswerable:
        return {}
    lines = {line.id: line for line in (*known.queries, *known.unanswerable)}
    found = [*ranked, *unanswerable]
    cases = [
        Case(_conversation(lines[each.query]), each.clues, _is_right(each, known)) for each in found
    ]
    odds = unseen(cases, confidence.model(), dict(confidence.spreads()))
    return {each.query: float(worth) for each, worth in zip(found, odds, strict=True)}


def _conversation(line: QueryLine) -> str:
    return line.context[0].text if line.context else line.text


def _is_right(found: Ranked, known: Benchmark) -> bool:
    grades = known.grades.get(found.query, {})
    return any(grades.get(item, 0) > 0 for item in found.ids[:LOOKED_AT])


def _rankings(ranked: Sequence[Ranked]) -> Rankings:
    return {each.query: [Scored(*item) for item in each.items] for each in ranked}


def _quiet(stage: str, done: int, total: int) -> None:
    """Show no progress: the peers show theirs by lines."""

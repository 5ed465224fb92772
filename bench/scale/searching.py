"""How long a search takes, beside the embedding of its question alone, in the same run."""

from __future__ import annotations

import time
from typing import Any

from bench.scale import corpus
from bench.scale.measuring import Asker, milliseconds, percentiles
from supportapp.knowledge.embeddings import current_embedder
from supportapp.retrieval import fusion, indexes

QUESTIONS = 400
WARM_UP = 50


def run(size: int) -> dict[str, Any]:
    """Ask every question, each beside its embedding alone."""
    asker, embedder = Asker(), current_embedder()
    indexes.of(asker.workspace_id)  # makes the snapshot, where there is none yet
    indexes.forget()
    began = time.perf_counter()
    index = indexes.of(asker.workspace_id)
    start = milliseconds(began)
    questions = corpus.questions(size, WARM_UP + QUESTIONS)
    began = time.perf_counter()
    asker.ask(questions[0])
    first = milliseconds(began)
    for query in questions[:WARM_UP]:
        asker.ask(query)
    alone, whole, stages = [], [], []
    for query in questions[WARM_UP:]:
        began = time.perf_counter()
        embedder.embed(fusion.readings(query))
        alone.append(milliseconds(began))
        began = time.perf_counter()
        found = asker.ask(query)
        whole.append(milliseconds(began))
        stages.append(found.milliseconds)
    names = [name for name in stages[0] if name != "total"]
    return {
        "passages": len(index),
        "questions": len(whole),
        "start_ms": round(start, 1),
        "first_ms": round(first, 1),
        "embedding": percentiles(alone),
        "search": percentiles(whole),
        "stages": {name: percentiles([s.get(name, 0.0) for s in stages]) for name in names},
    }

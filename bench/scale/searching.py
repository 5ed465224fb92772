"""How long a search takes, beside the embedding of its question alone, in the same run.

Every third question follows up on turns, and is embedded in up to three readings.
"""

from __future__ import annotations

import time
from typing import Any

from bench.scale import corpus
from bench.scale.measuring import Asker, forgetful_embedder, milliseconds, percentiles
from supportapp.retrieval import fusion, indexes
from supportapp.retrieval.values import SearchQuery

QUESTIONS = 400
WARM_UP = 50


def run(size: int) -> dict[str, Any]:
    """Ask every question, each beside its embedding alone."""
    asker, embedder = Asker(), forgetful_embedder()
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
    embedding, whole, stages = [], [], []
    for query in questions[WARM_UP:]:
        began = time.perf_counter()
        embedder.embed(fusion.readings(query))
        embedding.append(milliseconds(began))
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
        "embedding": percentiles(embedding),
        "search": percentiles(whole),
        "kinds": {
            "last message alone": _kind(False, questions[WARM_UP:], embedding, whole),
            "conversation": _kind(True, questions[WARM_UP:], embedding, whole),
        },
        "stages": {name: percentiles([s.get(name, 0.0) for s in stages]) for name in names},
    }


def _kind(
    has_context: bool, asked: list[SearchQuery], embedding: list[float], whole: list[float]
) -> dict[str, Any]:
    places = [place for place, query in enumerate(asked) if bool(query.context) == has_context]
    return {
        "questions": len(places),
        "embedding": percentiles([embedding[place] for place in places]),
        "search": percentiles([whole[place] for place in places]),
    }

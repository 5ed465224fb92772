"""What customers notice of a second embedding model: filled, switched to, left and removed while
two callers ask without a pause.

The second model is the tests' fake endpoint, which makes vectors of letters: the time it takes is
ours and the wire's, and what it finds says nothing. Runs on what `ingesting` imported.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench.scale import corpus, ingesting
from bench.scale.measuring import AUDIENCES, milliseconds, percentiles
from supportapp.knowledge import embedders, embeddings, filling, switching
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, Passage, Workspace
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope
from tests.fakes.model_server import ModelServer

CALLERS = 2
ASKED_EACH = 50
SECOND = "a-second-model"


class _Caller(threading.Thread):
    """Asks until it is stopped, with the model that is active at each question."""

    def __init__(self, scope: Scope, size: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.by_model: Counter[str] = Counter()
        self.failed = self.without_vectors = 0
        self.spent: list[float] = []
        self._scope, self._stop = scope, stop
        self._questions = corpus.questions(size, 200)

    def run(self) -> None:
        while not self._stop.is_set():
            for question in self._questions:
                began = time.perf_counter()
                embedder = embeddings.current_embedder()
                found = search(question, self._scope, limits=Limits(), embedder=embedder)
                self.spent.append(milliseconds(began))
                self.failed += not found.evidence
                self.without_vectors += bool(found.degraded)
                self.by_model[embedder.name] += 1
                if self._stop.is_set():
                    break
        connection.close()


def run(size: int) -> dict[str, Any]:
    """Go through a second model's life, and say what it did to those who asked."""
    call_command("migrate", verbosity=0)
    if not Passage.objects.filter(generation_removed=None).exists():
        ingesting.run(size)
    EmbeddingModel.objects.filter(name=SECOND).delete()
    first = embeddings.current_embedder().name
    stop = threading.Event()
    scope = Scope(Workspace.default().pk, AUDIENCES)
    callers = [_Caller(scope, size, stop) for _ in range(CALLERS)]
    with ModelServer(dimension=384) as server:
        for caller in callers:
            caller.start()
        _until(callers, first)
        endpoint = Endpoint(SECOND, EmbeddingModel.Kind.OPENAI, base_url=server.base_url)
        second = switching.add(endpoint)
        filled = _timed(lambda: _fill(second))
        switched = _timed(lambda: switching.switch(second))
        _until(callers, SECOND)
        back = _timed(switching.rollback)
        _until(callers, first)
        removed = _timed(lambda: _remove(second))
        stop.set()
        for caller in callers:
            caller.join(30)
    embedders.forget()
    passages = Passage.objects.filter(generation_removed=None).count()
    return {
        "passages": passages,
        "asked": sum((caller.by_model for caller in callers), Counter()),
        "without_evidence": sum(caller.failed for caller in callers),
        "without_vectors": sum(caller.without_vectors for caller in callers),
        "search": percentiles([spent for caller in callers for spent in caller.spent]),
        "filled_per_second": round(passages / filled * 1000, 1),
        "switch_ms": round(switched, 1),
        "rollback_ms": round(back, 1),
        "remove_ms": round(removed, 1),
    }


def _fill(model: EmbeddingModel) -> None:
    filling.start(model)
    while filling.run(model.pk, seconds=5):
        pass


def _remove(model: EmbeddingModel) -> None:
    switching.retire(model)
    switching.remove(model.pk)


def _until(callers: list[_Caller], model: str) -> None:
    """Wait until each caller has asked so many questions more of this model."""
    wanted = [caller.by_model[model] + ASKED_EACH for caller in callers]
    while any(c.by_model[model] < n for c, n in zip(callers, wanted, strict=True)):
        if not all(caller.is_alive() for caller in callers):
            raise RuntimeError("a caller was stopped by an error")
        time.sleep(0.05)


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return milliseconds(began)

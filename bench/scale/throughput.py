"""How many searches a second one process answers, for 1, 8 and 32 callers at once."""

from __future__ import annotations

import threading
import time
from itertools import count
from typing import Any

from django.db import connection

from bench.scale import corpus
from bench.scale.measuring import Asker, forgetful_embedder, milliseconds, percentiles
from supportapp.retrieval import fusion

CALLERS = (1, 8, 32)
SECONDS = 6.0
# Each caller holds a connection only while it searches; Django's pool has eight.
QUESTIONS = 500


def run(size: int) -> dict[str, Any]:
    """Let callers ask without a pause; also let them only embed, which bounds what is possible."""
    asker, embedder = Asker(), forgetful_embedder()
    questions = corpus.questions(size, QUESTIONS)
    for query in questions[:30]:
        asker.ask(query)

    def search(number: int) -> None:
        asker.ask(questions[number % QUESTIONS])
        connection.close()

    def embed(number: int) -> None:
        embedder.embed(fusion.readings(questions[number % QUESTIONS]))

    return {
        str(callers): {"search": _drive(search, callers), "embedding": _drive(embed, callers)}
        for callers in CALLERS
    }


def _drive(work: Any, callers: int) -> dict[str, float]:
    numbers, spent = count(), []
    end = time.perf_counter() + SECONDS

    def call() -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            work(next(numbers))
            spent.append(milliseconds(began))

    began = time.perf_counter()
    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - began
    return {"per_second": round(len(spent) / passed, 1), **percentiles(spent)}

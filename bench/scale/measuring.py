"""What the steps share: percentiles, memory, the search as customers get it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.scale import filling
from supportapp.knowledge import embedders
from supportapp.knowledge.embedders import Endpoint, Purpose
from supportapp.llm.protocols import Embedder
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery, SearchResult

AUDIENCES = frozenset({"public", "customers"})
_KINDS = ("Pss", "Private_Clean", "Private_Dirty")


def percentiles(spent: Sequence[float]) -> dict[str, float]:
    """Return the median and the slow ends."""
    return {f"p{each}": round(float(np.percentile(spent, each)), 2) for each in (50, 95, 99)}


def forgetful_embedder() -> Embedder:
    """Return the model that embeds questions, without its memory of the last ones: each question
    is asked twice here, once for its embedding alone."""
    return embedders.of(Endpoint.active(), Purpose.PUBLICATION)


def milliseconds(began: float) -> float:
    """Return how long ago `began` was."""
    return (time.perf_counter() - began) * 1000


def memory() -> dict[str, float]:
    """Return this process's megabytes: its own (USS), and with its share of shared ones (PSS)."""
    kilobytes = dict.fromkeys(_KINDS, 0)
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        kind, _, rest = line.partition(":")
        if kind in kilobytes:
            kilobytes[kind] = int(rest.split()[0])
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return {"uss": round(own / 1024, 1), "pss": round(kilobytes["Pss"] / 1024, 1)}


class Asker:
    """Searches one workspace. Which model embeds, a turn reads once, before it searches."""

    def __init__(self, workspace_id: int | None = None) -> None:
        self.workspace_id = workspace_id or filling.workspace().pk
        self._scope = Scope(self.workspace_id, AUDIENCES)
        self._embedder = forgetful_embedder()

    def ask(self, query: SearchQuery) -> SearchResult:
        """Search as a customer's question is."""
        return search(query, self._scope, limits=Limits(), embedder=self._embedder)

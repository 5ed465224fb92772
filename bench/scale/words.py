"""What BM25 costs from 1,000 to 1,000,000 passages.

Smaller sizes are the first passages of the 100,000; above, these are repeated, so that every
word's list grows with the size, which is the worst that can happen to it.
"""

from __future__ import annotations

import gc
import time
from typing import Any

import numpy as np

from bench.scale import corpus
from bench.scale.measuring import Asker, milliseconds, percentiles
from supportapp.retrieval import indexes, turns_before
from supportapp.retrieval.analysis import weighted
from supportapp.retrieval.keyword import PostingsBM25, best
from supportapp.retrieval.stored import Forward, StoredPostings

SIZES = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
QUESTIONS = 100


def run(size: int) -> dict[str, Any]:
    """Score and choose the best 100 for the same questions at every size."""
    index = indexes.of(Asker().workspace_id)
    base = index._bm25.postings.base
    asked = [
        (weighted(query.text, ("en",)), turns_before.terms(query, ("en",), 8))
        for query in corpus.questions(size, QUESTIONS)
    ]
    return {str(each): _cost(_of_size(base, each), asked) for each in SIZES}


def _of_size(base: StoredPostings, size: int) -> StoredPostings:
    if size == len(base):
        return base
    if size < len(base):
        return PostingsBM25(base=base).postings.frozen(np.arange(size))
    times = size // len(base)
    forward = base.forward
    everything = Forward(
        np.tile(forward.terms, times),
        np.tile(forward.counts, times),
        np.cumsum(np.tile(forward.sizes(), times)),
    )
    return StoredPostings.of(base.vocabulary, np.tile(base.lengths, times), everything)


def _cost(base: StoredPostings, asked: list[Any]) -> dict[str, Any]:
    bm25 = PostingsBM25(base=base)
    spent = []
    for warm in (True, False):
        for terms, before in asked:
            bm25.postings._found = {}  # as if no question had been asked before
            began = time.perf_counter()
            scores = bm25.weighted_scores(terms)
            if before:
                bm25.weighted_scores(before)
            best(scores, 100)
            if not warm:
                spent.append(milliseconds(began))
    size = len(base)
    del bm25
    gc.collect()
    return {"passages": size, **percentiles(spent)}

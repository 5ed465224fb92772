"""A question as the memory reads it: slips put right, taken apart, and its vector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from supportapp.caching import wording
from supportapp.caching.wording import Wording
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.words import is_word
from supportapp.retrieval import indexes
from supportapp.retrieval.search import spelt
from supportapp.retrieval.values import Limits, SearchQuery
from supportapp.retrieval.vector import VectorSpace

_REMEMBERED_WORDINGS = 8192


@dataclass(frozen=True, slots=True)
class Read:
    """A question, its words, and its vector under the active model."""

    text: str
    wording: Wording
    vector: NDArray[np.float32]
    model_id: int


def read(question: str, workspace_id: int, language: str) -> Read | None:
    """Read a question; None where no vector can be had now."""
    asked = spelt(SearchQuery(question), indexes.of(workspace_id), Limits()).text
    embedder = current_embedder()
    try:
        vector = embedder.embed([asked])[0]
    except EmbeddingUnavailable:
        return None
    space = VectorSpace.of(embedder.name, embedder.dimension)
    if space is None:
        return None
    return Read(asked, worded(asked, language), vector, space.model_id)


def current_model() -> int | None:
    """Return the model under which questions are read now; None where it read nothing yet."""
    embedder = current_embedder()
    space = VectorSpace.of(embedder.name, embedder.dimension)
    return None if space is None else space.model_id


@lru_cache(maxsize=_REMEMBERED_WORDINGS)
def worded(question: str, language: str) -> Wording:
    """Take a question apart; those that are remembered are read again and again."""
    return wording.read(question, language, is_word)


def written(vector: NDArray[np.float32]) -> str:
    """Return a vector as Postgres reads it."""
    return "[" + ",".join(map("%.7g".__mod__, vector.tolist())) + "]"

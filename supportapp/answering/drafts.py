"""Answers as they will be once an article's draft is published; nothing is.

The draft is ranked as the X-ray predicts it, by the search's own code, and the usual pipeline
answers from what would be found. A reranker, where one is set, isn't asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from supportapp.answering import assemble
from supportapp.answering.values import Parts
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Revision
from supportapp.llm.protocols import Embedder
from supportapp.retrieval import access, whatif
from supportapp.retrieval.search import find
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult
from supportapp.retrieval.whatif import Asked, Supposed
from supportapp.work import unit

Seen = Callable[[SearchResult], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """A search as it is now, as it would rank with the draft, and what it would bring."""

    asked: Asked
    supposed: Supposed
    result: SearchResult

    @property
    def brings_draft(self) -> bool:
        """Say whether the draft's own passages would be evidence."""
        return any(each.passage_id < 0 for each in self.result.evidence)


class Remembering:
    """An embedder that makes the vector of a text once: a draft is embedded for each question."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])


def search(
    query: SearchQuery,
    scope: Scope,
    article: Article,
    revision: Revision,
    *,
    embedder: Embedder | None = None,
) -> Tried:
    """Search as if the revision were what the article says."""
    asked = _asked(query, scope, embedder or current_embedder())
    supposed = whatif.suppose(asked, article, revision)
    return Tried(asked, supposed, _found(asked, supposed))


def parts(
    article: Article,
    revision: Revision,
    *,
    repeatable: bool = False,
    embedder: Embedder | None = None,
    seen: Seen | None = None,
) -> Parts:
    """Return the usual parts, but with the draft's search. `seen` is told what each one brings."""

    async def tried(query: SearchQuery, scope: Scope) -> SearchResult:
        found = await unit(
            partial(search, query, scope, article, revision, embedder=embedder),
        )
        if seen is not None:
            seen(found.result)
        return found.result

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        # What the draft replaces doesn't open the article any more.
        stored = [each for each in evidence if each.passage_id > 0]
        return await usual.openings(stored, scope)

    usual = assemble.parts(article.workspace_id, repeatable=repeatable)
    limits = replace(usual.limits, suggestions=0)
    return replace(usual, search=tried, openings=openings, limits=limits)


def _asked(query: SearchQuery, scope: Scope, embedder: Embedder) -> Asked:
    limits = assemble.search_limits()
    return Asked(
        query, scope, limits, embedder, find(query, scope, limits=limits, embedder=embedder)
    )


def _found(asked: Asked, supposed: Supposed) -> SearchResult:
    """Return what the search would, once the draft is published."""
    ranking = supposed.ranking
    evidence = access.evidence(ranking.candidates, asked.scope, asked.limits, supposed.passages)
    return replace(
        asked.found.result,
        evidence=evidence,
        candidates=ranking.candidates,
        confidence=asked.found.trust.model.confidence(ranking.clues) if evidence else 0.0,
        clues=ranking.clues,
    )

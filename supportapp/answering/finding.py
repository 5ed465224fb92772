"""One question's way to the passages: what the search brought along is at hand when it is read on.

A search is one hop. It also brings how the articles of its evidence begin, and says which embedder
read the question; reading on needs no other hop where the vectors it compares are known already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from asgiref.sync import sync_to_async

from supportapp.answering.nearness import Nearness
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Passage
from supportapp.llm.protocols import Embedder
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult
from supportapp.work import unit

Searched = Callable[[SearchQuery, Scope, Embedder], SearchResult]
_nearness: dict[str, Nearness] = {}


class Finding:
    """`search`, `openings` and `similarity` of one question's parts."""

    def __init__(self, searched: Searched, min_confidence: float) -> None:
        self._searched = searched
        self._min_confidence = min_confidence
        self._brought: tuple[Scope, frozenset[int], tuple[Passage, ...]] | None = None
        self._nearness: Nearness | None = None

    async def search(self, query: SearchQuery, scope: Scope) -> SearchResult:
        return await unit(self._search, query, scope)

    def _search(self, query: SearchQuery, scope: Scope) -> SearchResult:
        embedder = current_embedder()
        found = self._searched(query, scope, embedder)
        if self._brought is None and found.is_sure(self._min_confidence):
            # The question's own search; later ones only try what could be asked next.
            revisions = frozenset(each.revision_id for each in found.evidence)
            self._brought = (scope, revisions, _beginnings(revisions, scope))
            self._nearness = nearness_of(embedder)
        return found

    async def openings(self, evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        wanted = {each.revision_id for each in evidence}
        if self._brought is not None and self._brought[0] == scope and wanted <= self._brought[1]:
            return _opened(evidence, self._brought[2])
        return await unit(first_passages, evidence, scope)

    async def similarity(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        nearness = self._nearness
        if nearness is None:
            nearness = await unit(_current_nearness)
        known = nearness.at_hand(question, texts)
        if known is not None:
            return known
        return await sync_to_async(nearness, thread_sensitive=False)(question, texts)


def first_passages(evidence: Sequence[Evidence], scope: Scope) -> dict[int, Evidence]:
    """Return each article's first passage, under the same checks as a search."""
    revisions = frozenset(each.revision_id for each in evidence)
    return _opened(evidence, _beginnings(revisions, scope))


def nearness_of(embedder: Embedder) -> Nearness:
    """Return this process's vectors of sentences under a model."""
    return _nearness.setdefault(embedder.name, Nearness(embedder))


def _current_nearness() -> Nearness:
    return nearness_of(current_embedder())


def _beginnings(revisions: frozenset[int], scope: Scope) -> tuple[Passage, ...]:
    return tuple(
        Passage.objects.filter(
            revision__in=revisions,
            position=0,
            workspace=scope.workspace_id,
            audience__in=scope.audiences,
            generation_removed=None,
        ).only("revision_id", "article_id", "headings", "text")
    )


def _opened(evidence: Sequence[Evidence], passages: Sequence[Passage]) -> dict[int, Evidence]:
    by_revision = {each.revision_id: each for each in evidence}
    return {
        each.article_id: replace(
            by_revision[each.revision_id],
            passage_id=each.pk,
            headings=tuple(each.headings),
            text=each.text,
            score=0.0,
        )
        for each in passages
        if each.revision_id in by_revision
    }

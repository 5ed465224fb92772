"""Find the passages that may answer a question, for one workspace and its audiences.

The question is embedded while the keyword index proposes passages and their vectors are fetched;
one round trip then brings the nearest passages and the generation. An index that is behind that
generation catches up before anything is ranked. A second round trip reads the passages that lead
so far, with the nearness of their lines. With the embedder away, words alone decide, and the
result says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.protocols import Embedder
from supportapp.llm.words import is_word
from supportapp.retrieval import access, calibrations, fusion, indexes, rerank, vector
from supportapp.retrieval.access import NOTHING_READ, Read
from supportapp.retrieval.confidence import Trust
from supportapp.retrieval.index import WorkspaceIndex
from supportapp.retrieval.ranking import Proposal, Ranking, propose, rank
from supportapp.retrieval.rerank import Reranking
from supportapp.retrieval.spelling import corrected
from supportapp.retrieval.values import (
    VECTORS,
    Limits,
    Scope,
    SearchQuery,
    SearchResult,
)
from supportapp.retrieval.vector import Nearness, Stored, VectorSpace
from supportapp.retrieval.view import KeywordView

_EMBEDDERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="embed-question")


class _Clock:
    """Milliseconds of each stage."""

    def __init__(self) -> None:
        self.began = self.last = time.perf_counter()
        self.milliseconds: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        spent = (now - self.last) * 1000
        self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + spent
        self.last = now

    def stop(self) -> dict[str, float]:
        self.milliseconds["total"] = (time.perf_counter() - self.began) * 1000
        return self.milliseconds


@dataclass(frozen=True, slots=True)
class Found:
    """A search with what it was made from, for those who explain it."""

    result: SearchResult
    index: WorkspaceIndex
    view: KeywordView
    near: Nearness
    ranking: Ranking
    trust: Trust
    question: NDArray[np.float32] | None
    space: VectorSpace | None


def search(
    query: SearchQuery,
    scope: Scope,
    *,
    limits: Limits,
    embedder: Embedder,
    reranking: Reranking | None = None,
) -> SearchResult:
    """Return evidence that this scope may read, best first, and how it was found."""
    return find(query, scope, limits=limits, embedder=embedder, reranking=reranking).result


def find(
    query: SearchQuery,
    scope: Scope,
    *,
    limits: Limits,
    embedder: Embedder,
    reranking: Reranking | None = None,
) -> Found:
    """Search, and keep what the result was made from."""
    clock = _Clock()
    looked = _look(query, scope, limits, embedder, clock)
    view, near, trust = looked.view, looked.near, looked.trust
    proposal = propose(view, near.similarities, near.nearest)
    clock.lap("fusion")
    leading = read_leading(proposal, scope, looked.question, looked.space, limits)
    clock.lap("lines")
    ranking = rank(proposal, leading.lines)
    clock.lap("fusion")
    ranking, lost = rerank.reordered(ranking, query, scope, reranking)
    clock.lap("rerank" if reranking else "fusion")
    evidence = access.evidence(ranking.candidates, scope, limits, known=leading)
    clock.lap("evidence")
    result = SearchResult(
        evidence=evidence,
        candidates=ranking.candidates,
        confidence=trust.model.confidence(ranking.clues) if evidence else 0.0,
        generation=near.generation,
        milliseconds=clock.stop(),
        degraded=lost | ({VECTORS} if looked.question is None else set()),
        clues=ranking.clues,
        read_as=view.question if view.question != query.text else "",
        threshold=trust.threshold,
    )
    return Found(result, looked.index, view, near, ranking, trust, looked.question, looked.space)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What both indexes say, at one generation, and how far it is to be trusted."""

    index: WorkspaceIndex
    view: KeywordView
    near: Nearness
    trust: Trust
    question: NDArray[np.float32] | None
    space: VectorSpace | None


def _look(
    query: SearchQuery, scope: Scope, limits: Limits, embedder: Embedder, clock: _Clock
) -> _Looked:
    """Ask both indexes side by side; catch up with what was published meanwhile."""
    index = indexes.of(scope.workspace_id)
    asked = spelt(query, index, limits)
    embedding = _EMBEDDERS.submit(embedder.embed, fusion.readings(asked))
    # The other thread takes the interpreter and begins; it would wait for our first statement.
    time.sleep(0)
    space = VectorSpace.of(embedder.name, embedder.dimension)
    clock.lap("index")
    view = index.look(asked, scope.audiences, limits)
    clock.lap("keyword")
    trust = calibrations.trust(scope.workspace_id)  # read beside the embedding
    stored = _fetched(embedding, space, view)
    vectors = _vectors(embedding)
    clock.lap("embedding")
    question, near = _aimed(vectors, view, space, scope, limits, stored)
    clock.lap("vector")
    if near.generation != view.generation:
        strongest = view.strongest
        index = indexes.catch_up(scope.workspace_id, index, near.generation)
        if spelt(query, index, limits) != asked:  # what was just published holds the word
            return _look(query, scope, limits, embedder, clock)
        view = index.look(asked, scope.audiences, limits)
        if view.strongest != strongest:  # what was just published says what the question is about
            question, near = _aimed(vectors, view, space, scope, limits, Stored())
        near = _completed(near, view, (question, space), scope, limits)
        clock.lap("catch_up")
    return _Looked(index, view, near, trust, question, space)


def spelt(query: SearchQuery, index: WorkspaceIndex, limits: Limits) -> SearchQuery:
    """Return the question as it is searched: misspelt words put right, by what passages hold."""
    text = corrected(query.text, index, is_word, most=limits.corrections)
    return query if text == query.text else replace(query, text=text)


def nearness(found: Found, scope: Scope, passages: Sequence[int], limits: Limits) -> Nearness:
    """Return how near the question these passages are, beside those nearest of all."""
    return _near(found.question, found.space, scope, passages, limits, found.view)


def read_leading(
    proposal: Proposal,
    scope: Scope,
    question: NDArray[np.float32] | None,
    space: VectorSpace | None,
    limits: Limits,
) -> Read:
    """Read the stored passages that lead so far, and how near their lines are.

    Lines only lift what leads, so the evidence is nearly always among these.
    """
    if question is None or space is None:
        return NOTHING_READ
    leading = [passage for passage in proposal.leading(limits.lines) if passage > 0]
    return access.read(leading, scope, question, space)


def _fetched(
    embedding: Future[NDArray[np.float32]], space: VectorSpace | None, view: KeywordView
) -> Stored:
    """Fetch the vectors of what the words propose, where there is time for it; otherwise the
    search by vector brings their similarities."""
    if space is None or embedding.done():
        return Stored()
    return vector.stored(space, view.proposed)


def _vectors(embedding: Future[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    try:
        return embedding.result()
    except EmbeddingUnavailable:
        return None


def _direction(
    vectors: NDArray[np.float32] | None, view: KeywordView, space: VectorSpace | None
) -> NDArray[np.float32] | None:
    if vectors is None:
        return None
    return fusion.blend(vectors, view.strongest)


def _aimed(
    vectors: NDArray[np.float32] | None,
    view: KeywordView,
    space: VectorSpace | None,
    scope: Scope,
    limits: Limits,
    stored: Stored,
) -> tuple[NDArray[np.float32] | None, Nearness]:
    """Return the direction of the question beside its subject, and what is near it."""
    question = _direction(vectors, view, space)
    known = {} if question is None else stored.similarities(question)
    near = _near(question, space, scope, () if known else view.proposed, limits, view)
    return question, replace(near, similarities=known | near.similarities) if known else near


def _near(
    question: NDArray[np.float32] | None,
    space: VectorSpace | None,
    scope: Scope,
    asked: Sequence[int],
    limits: Limits,
    view: KeywordView,
) -> Nearness:
    if question is None or space is None:
        return Nearness(vector.generation(scope.workspace_id), {}, ())
    return vector.nearest(
        question,
        space,
        scope,
        asked=asked,
        count=limits.candidates,
        exact=view.passages <= limits.exact_up_to,
        readable=view.readable / view.passages if view.passages else 1.0,
    )


def _completed(
    near: Nearness,
    view: KeywordView,
    embedded: tuple[NDArray[np.float32] | None, VectorSpace | None],
    scope: Scope,
    limits: Limits,
) -> Nearness:
    """Add how near the passages are that only the second look proposed; drop what has gone."""
    wanted = {*view.proposed, *near.nearest}
    known = {each: near.similarities[each] for each in near.similarities if each in wanted}
    unseen = [passage for passage in view.proposed if passage not in known]
    if unseen:
        known = _near(*embedded, scope, unseen, limits, view).similarities | known
    return replace(near, similarities=known)

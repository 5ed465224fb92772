"""A question against an article's draft, as if it were published; nothing is.

The draft's passages are ranked in memory against the passages that a search proposes now, less
those that the draft would replace. Words are weighed within that company, so a score can differ a
little from the one after publishing; the vectors are exactly those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline
from supportapp.answering.searching import without_markup
from supportapp.answering.values import Answer, AssistantProfile, Finished, Parts, Question
from supportapp.knowledge import passages as draft_passages
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Audience, Passage
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval.confidence import confidence
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.ranking import Ranking, rank
from supportapp.retrieval.search import search
from supportapp.retrieval.values import (
    Evidence,
    Limits,
    Scope,
    SearchQuery,
    SearchResult,
)
from supportapp.tracing import Trace

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage with its place; `is_draft` where it comes from the draft."""

    rank: int
    title: str
    headings: tuple[str, ...]
    score: float
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be answered, and where the draft's passages would stand."""

    answer: Answer
    ranked: tuple[Ranked, ...]
    draft: tuple[Ranked, ...]
    confidence: float


def run(article: Article, text: str, assistant: AssistantProfile) -> Trial:
    """Try a question against the article's draft; raises ValueError where there is none."""
    if article.draft is None:
        raise ValueError("This article has no draft.")
    scope = Scope(article.workspace_id, _audiences(article.draft.audience))
    found, ranked = _as_if_published(article, SearchQuery(without_markup(text)), scope)
    question = Question(text=text, scope=scope, assistant=assistant)
    answer = async_to_sync(_answered)(question, _parts(found))
    return Trial(
        answer=answer,
        ranked=ranked[:SHOWN],
        draft=tuple(each for each in ranked if each.is_draft),
        confidence=found.confidence,
    )


def _audiences(audience: str) -> frozenset[str]:
    """Those for whom the draft is written, and everyone whose articles they see."""
    wider = [Audience.PUBLIC.value, Audience.CUSTOMERS.value, Audience.STAFF.value]
    return frozenset(wider[: wider.index(audience) + 1])


def _as_if_published(
    article: Article, query: SearchQuery, scope: Scope
) -> tuple[SearchResult, tuple[Ranked, ...]]:
    assert article.draft is not None
    live = search(query, scope, limits=Limits(), embedder=current_embedder())
    by_id = Passage.objects.select_related("article").in_bulk(
        [each.passage_id for each in live.candidates]
    )
    company = {key: each for key, each in by_id.items() if each.article_id != article.pk}
    draft = draft_passages.of(article.draft, article, live.generation)
    # Ids that no stored passage has.
    for number, passage in enumerate(draft, start=1):
        passage.pk = -number
    similarities = {
        each.passage_id: each.vector_score
        for each in live.candidates
        if each.passage_id in company and each.vector_score is not None
    }
    with suppress(EmbeddingUnavailable):
        similarities |= _nearness(query, draft)
    everything = company | {passage.pk: passage for passage in draft}
    ranking = _ranking(query, scope, list(everything.values()), similarities)
    placed = [(everything[each.passage_id], each.fused_score) for each in ranking.candidates]
    result = SearchResult(
        evidence=_evidence(placed, assemble.search_limits()),
        candidates=(),
        confidence=confidence(ranking.clues),
        generation=live.generation,
        degraded=live.degraded,
    )
    return result, _ranked(placed)


def _nearness(query: SearchQuery, draft: Sequence[Passage]) -> dict[int, float]:
    rows = current_embedder().embed([query.text, *(each.embedding_text for each in draft)])
    return {each.pk: float(row @ rows[0]) for each, row in zip(draft, rows[1:], strict=True)}


def _ranking(
    query: SearchQuery,
    scope: Scope,
    everything: Sequence[Passage],
    similarities: Mapping[int, float],
) -> Ranking:
    """Rank the company and the draft by the search's own rules."""
    index = WorkspaceIndex(0)
    index.apply([_indexed(passage) for passage in everything], (), 0)
    view = index.look(query, scope.audiences, Limits())
    return rank(view, similarities)


def _indexed(passage: Passage) -> IndexedPassage:
    return IndexedPassage(
        id=passage.pk,
        article=passage.article_id,
        title=passage.title,
        headings=passage.headings,
        text=passage.text,
        audience=passage.audience,
        language=passage.language,
        subject=passage.subject,
        aliases=passage.aliases,
        tags=passage.tags,
    )


def _evidence(placed: Sequence[tuple[Passage, float]], limits: Limits) -> tuple[Evidence, ...]:
    chosen: list[Evidence] = []
    for passage, score in placed:
        same = sum(each.article_id == passage.article_id for each in chosen)
        if same >= limits.per_article or len(chosen) == limits.evidence:
            continue
        chosen.append(
            Evidence(
                number=len(chosen) + 1,
                passage_id=passage.pk,
                revision_id=passage.revision_id,
                article_id=passage.article_id,
                slug=passage.article.slug,
                title=passage.title,
                headings=tuple(passage.headings),
                text=passage.text,
                score=score,
            )
        )
    return tuple(chosen)


def _ranked(placed: Sequence[tuple[Passage, float]]) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(rank, passage.title, tuple(passage.headings), round(score, 3), passage.pk < 0)
        for rank, (passage, score) in enumerate(placed, start=1)
    )


def _parts(found: SearchResult) -> Parts:
    """The usual parts, but with this search result."""

    async def given(query: SearchQuery, scope: Scope) -> SearchResult:
        return found

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        # What the draft replaces doesn't open the article any more.
        stored = [each for each in evidence if each.passage_id > 0]
        return await usual.openings(stored, scope)

    usual = assemble.parts()
    limits = replace(usual.limits, suggestions=0)
    return replace(usual, search=given, openings=openings, limits=limits)


async def _answered(question: Question, parts: Parts) -> Answer:
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")

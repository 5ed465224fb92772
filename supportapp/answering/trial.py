"""A question against an article's draft, as if it were published; nothing is.

The draft is ranked as the X-ray predicts it, by the search's own code, and the usual pipeline
answers from what would be found. A reranker, where one is set, isn't asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline, searching
from supportapp.answering.values import Answer, AssistantProfile, Finished, Parts, Question
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Audience
from supportapp.retrieval import access, whatif
from supportapp.retrieval.search import find
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult
from supportapp.retrieval.whatif import Asked, Prediction, Supposed
from supportapp.tracing import Trace


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be answered, and where the draft's passages would stand."""

    answer: Answer
    prediction: Prediction


def run(article: Article, text: str, assistant: AssistantProfile) -> Trial:
    """Try a question against the article's draft; raises ValueError where there is none."""
    if article.draft is None:
        raise ValueError("This article has no draft.")
    scope = Scope(article.workspace_id, _audiences(article.draft.audience))
    question = Question(text=text, scope=scope, assistant=assistant)
    asked = _asked(searching.query(question), scope)
    supposed = whatif.suppose(asked, article, article.draft)
    answer = async_to_sync(_answered)(question, _parts(_found(asked, supposed), scope.workspace_id))
    return Trial(answer, whatif.predict(asked, supposed))


def _audiences(audience: str) -> frozenset[str]:
    """Those for whom the draft is written, and everyone whose articles they see."""
    wider = [Audience.PUBLIC.value, Audience.CUSTOMERS.value, Audience.STAFF.value]
    return frozenset(wider[: wider.index(audience) + 1])


def _asked(query: SearchQuery, scope: Scope) -> Asked:
    limits, embedder = assemble.search_limits(), current_embedder()
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


def _parts(found: SearchResult, workspace_id: int) -> Parts:
    """The usual parts, but with this search result."""

    async def given(query: SearchQuery, scope: Scope) -> SearchResult:
        return found

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        # What the draft replaces doesn't open the article any more.
        stored = [each for each in evidence if each.passage_id > 0]
        return await usual.openings(stored, scope)

    usual = assemble.parts(workspace_id)
    limits = replace(usual.limits, suggestions=0)
    return replace(usual, search=given, openings=openings, limits=limits)


async def _answered(question: Question, parts: Parts) -> Answer:
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")

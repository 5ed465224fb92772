"""A question against an article's draft, as if it were published; nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from asgiref.sync import async_to_sync

from supportapp.answering import drafts, pipeline, searching
from supportapp.answering.values import Answer, AssistantProfile, Finished, Parts, Question
from supportapp.knowledge.models import Article, Audience
from supportapp.retrieval import whatif
from supportapp.retrieval.values import Scope
from supportapp.retrieval.whatif import Prediction
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
    tried = drafts.search(searching.query(question), scope, article, article.draft)
    answer = async_to_sync(_answered)(question, drafts.parts(article, article.draft))
    return Trial(answer, whatif.predict(tried.asked, tried.supposed))


def _audiences(audience: str) -> frozenset[str]:
    """Those for whom the draft is written, and everyone whose articles they see."""
    wider = [Audience.PUBLIC.value, Audience.CUSTOMERS.value, Audience.STAFF.value]
    return frozenset(wider[: wider.index(audience) + 1])


async def _answered(question: Question, parts: Parts) -> Answer:
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")

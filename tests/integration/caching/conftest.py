"""A small help centre and a memory of what was answered from it."""

from collections.abc import Callable

import pytest

from supportapp.caching import keeping, lookup
from supportapp.caching.models import RememberedAnswer
from supportapp.caching.values import MemoryQuery, Miss, ReadPassage, Remembered, ToRemember
from supportapp.knowledge import embeddings
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.retrieval.values import Scope
from tests.integration.retrieval.conftest import publish_article

PUBLIC = frozenset({"public"})
ASKED = "How do I cancel my plan?"
Keep = Callable[..., RememberedAnswer | None]
Find = Callable[..., Remembered | Miss]


@pytest.fixture
def workspace(db: None) -> Workspace:
    embeddings.ensure_current_model()
    return Workspace.default()


@pytest.fixture
def plan(workspace: Workspace) -> Article:
    return publish_article(
        workspace, "cancel", "Cancel your plan", "Open *Billing* and choose *Cancel plan*."
    )


@pytest.fixture
def keep(workspace: Workspace, plan: Article) -> Keep:
    """Remember an answer that rests on the article's passages."""

    def kept(question: str = ASKED, **more: object) -> RememberedAnswer | None:
        workspace.refresh_from_db()
        passages = Passage.objects.filter(
            article=more.pop("article", plan), generation_removed=None
        ).order_by("position")
        given: dict[str, object] = {
            "answer": "Open *Billing* and choose *Cancel plan*. [1]",
            "kind": "generated",
            "model": "a-model",
            "prompt": "answer.v1",
            "passages": tuple(
                ReadPassage(each.pk, number, "Open Billing.")
                for number, each in enumerate(passages, start=1)
            ),
            "generation": workspace.generation,
            "confidence": 0.9,
            "milliseconds": 1500.0,
        }
        query = asked(question, workspace, **more)
        return keeping.remember(ToRemember(query, **given))  # type: ignore[arg-type]

    return kept


@pytest.fixture
def find(workspace: Workspace) -> Find:
    def found(question: str = ASKED, **more: object) -> Remembered | Miss:
        return lookup.find(asked(question, workspace, **more))

    return found


def asked(
    question: str,
    workspace: Workspace,
    *,
    audiences: frozenset[str] = PUBLIC,
    language: str = "en",
    recipe: str = "recipe",
) -> MemoryQuery:
    return MemoryQuery(question, Scope(workspace.pk, audiences), language, recipe)

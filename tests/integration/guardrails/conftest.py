"""A small help centre that is really searched, with the guards as shipped."""

from collections.abc import Iterator

import pytest
from django.utils.text import slugify
from pytest_django.fixtures import Settings

from supportapp.guardrails import current
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from tests.fakes.model_server import ModelServer

REFUNDS = "Yearly plans are refunded in full within 30 days of payment. Monthly plans are not."


def publish(
    title: str, body: str, *, audience: str = "public", tags: tuple[str, ...] = ()
) -> Article:
    """Publish an article with its vectors."""
    text = ArticleText(title, body, audience, tags=tags)
    article = publishing.create(Workspace.default(), slugify(title), text)
    assert article.draft is not None
    publication = publishing.publish(article.draft)
    embeddings.embed_revision(publication.revision.pk)
    article.refresh_from_db()
    return article


@pytest.fixture
def workspace(db: None, settings: Settings) -> Iterator[Workspace]:
    """A workspace with one article and every guard on."""
    settings.GUARDRAILS_OFF = []
    embeddings.ensure_current_model()
    publish("Refund policy", REFUNDS, tags=("billing", "refunds"))
    made = Workspace.default()
    current.forget(made.pk)
    yield made
    current.forget(made.pk)


@pytest.fixture(scope="session")
def started_model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(started_model: ModelServer, settings: Settings) -> ModelServer:
    """A model that the settings name."""
    started_model.reset()
    settings.OPENAI_BASE_URL = started_model.base_url
    return started_model

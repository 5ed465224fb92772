"""A small help centre that is really searched, and a model server that really speaks HTTP."""

import uuid
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from supportapp.conversations.models import Conversation
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from tests.fakes.model_server import ModelServer

VISITOR = uuid.UUID("22222222-2222-4222-8222-222222222222")
ARTICLES = {
    "refund-policy": (
        "Refund policy",
        "Yearly plans are refunded in full within 30 days of payment. Monthly plans are not.\n\n"
        "## Ask for a refund\n\n1. Open **Settings > Billing**.\n2. Choose **Refund**.",
        "public",
    ),
    "cancel-plan": (
        "Cancel your plan",
        "To cancel your plan, open **Settings > Billing > Cancel plan** and confirm.",
        "public",
    ),
    "phone-line": (
        "The customers' phone line",
        "The phone line for customers is open on weekdays from nine to five, number 555-0100.",
        "customers",
    ),
}


def publish(workspace: Workspace, slug: str, title: str, body: str, audience: str) -> Article:
    """Publish an article with its vectors."""
    article = publishing.create(workspace, slug, ArticleText(title, body, audience))
    assert article.draft is not None
    publication = publishing.publish(article.draft)
    embeddings.embed_revision(publication.revision.pk)
    article.refresh_from_db()
    return article


def make_help_centre() -> Workspace:
    workspace = Workspace.default()
    Workspace.objects.filter(pk=workspace.pk).update(
        company="Tallybird", assistant_name="Tally", support_email="help@tallybird.example"
    )
    embeddings.ensure_current_model()
    for slug, (title, body, audience) in ARTICLES.items():
        publish(workspace, slug, title, body, audience)
    workspace.refresh_from_db()
    return workspace


@pytest.fixture
def help_centre(db: None) -> Workspace:
    """Three articles, one of them for signed-in customers only."""
    return make_help_centre()


@pytest.fixture
def talk(help_centre: Workspace) -> Conversation:
    """A visitor's conversation about them."""
    return Conversation.objects.create(workspace=help_centre, visitor=VISITOR)


@pytest.fixture
def committed_talk(transactional_db: None) -> Conversation:
    """The same, committed, so that tasks and threads of the server see it."""
    return Conversation.objects.create(workspace=make_help_centre(), visitor=VISITOR)


@pytest.fixture(scope="session")
def started_model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(started_model: ModelServer, settings: Settings) -> ModelServer:
    """A model that the settings name."""
    started_model.reset()
    settings.OPENAI_BASE_URL = started_model.base_url
    settings.ANSWERING_FIRST_TOKEN_SECONDS = 5
    settings.ANSWERING_TOTAL_SECONDS = 20
    return started_model

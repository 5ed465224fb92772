"""Staff who are signed in, and an embedder that can fail."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from supportapp.knowledge import embedders, embeddings
from supportapp.knowledge.models import EmbeddingModel, Workspace
from tests.factories import UserFactory, WorkspaceFactory
from tests.fakes.model_server import ModelServer


@pytest.fixture
def workspace(db: None) -> Workspace:
    embeddings.ensure_current_model()
    found: Workspace = WorkspaceFactory()
    return found


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor(workspace: Workspace) -> Client:
    return signed_in(UserFactory(username="ed", editor=True))


@pytest.fixture
def reviewer(workspace: Workspace) -> Client:
    return signed_in(UserFactory(username="rea", reviewer=True))


@pytest.fixture
def customer(workspace: Workspace) -> Client:
    return signed_in(UserFactory(username="cus"))


@pytest.fixture
def embedding_server(db: None, settings: Settings) -> Iterator[ModelServer]:
    """The embedder is a server that does as it is told."""
    with ModelServer(dimension=8) as server:
        settings.EMBEDDINGS = "openai"
        settings.EMBEDDING_MODEL = "fake-embedding"
        settings.EMBEDDING_DIMENSION = 8
        settings.OPENAI_BASE_URL = server.base_url
        EmbeddingModel.objects.all().delete()
        embeddings.ensure_current_model()
        yield server
        embedders.forget()

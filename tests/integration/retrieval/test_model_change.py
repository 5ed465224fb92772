"""While the embedding model changes, everybody goes on finding what they ask for."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from supportapp.knowledge import embedders, embeddings, filling, switching
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.retrieval import indexes
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery
from tests.fakes.model_server import ModelServer
from tests.integration.retrieval.conftest import PUBLIC, publish_article, slugs

ARTICLES = {
    "refunds": ("Refunds", "We give refunds within 30 days of a purchase."),
    "reset": ("Reset the router", "Hold the reset button for ten seconds."),
    "invoices": ("Invoices", "Invoices are sent by mail on the first of each month."),
}
QUESTIONS = {"refunds": "refunds after a purchase?", "reset": "where is the reset button?"}


class Asker(threading.Thread):
    """Asks one question after another until told to stop."""

    def __init__(self, scope: Scope, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.scope, self.stop = scope, stop
        self.by_model: dict[str, int] = {}
        self.problems: list[object] = []

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                for slug, question in QUESTIONS.items():
                    self.ask(slug, question)
        except Exception as error:
            self.problems.append(error)
            raise
        finally:
            connection.close()

    def ask(self, slug: str, question: str) -> None:
        embedder = embeddings.current_embedder()
        query = SearchQuery(question)
        result = search(query, self.scope, limits=Limits(), embedder=embedder)
        if slugs(result)[:1] != [slug] or result.degraded:
            self.problems.append((question, slugs(result), result.degraded))
        self.by_model[embedder.name] = self.by_model.get(embedder.name, 0) + 1


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(dimension=64) as server:
        yield server
        embedders.forget()


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    embeddings.ensure_current_model()
    home = Workspace.default()
    for slug, (title, body) in ARTICLES.items():
        publish_article(home, slug, title, body)
    return home


def fill(model: EmbeddingModel) -> None:
    filling.start(model)
    while filling.run(model.pk, seconds=0):
        pass


def asked_by(askers: list[Asker], model: str, count: int) -> None:
    """Wait until every asker was answered so often by this model."""
    waited = threading.Event()
    for _ in range(600):
        if all(each.by_model.get(model, 0) >= count or not each.is_alive() for each in askers):
            return
        waited.wait(0.05)
    raise AssertionError(f"nobody asked {model}")


def test_no_question_fails_while_a_model_is_filled_switched_to_left_and_removed(
    workspace: Workspace, server: ModelServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(filling, "BATCH", 1)
    indexes.of(workspace.pk)
    stop = threading.Event()
    askers = [Asker(Scope(workspace.pk, PUBLIC), stop) for _ in range(3)]
    for asker in askers:
        asker.start()
    second = switching.add(Endpoint("second", EmbeddingModel.Kind.OPENAI, base_url=server.base_url))
    fill(second)
    switching.switch(second)
    asked_by(askers, "second", 5)
    publish_article(workspace, "codes", "Error codes", "Error E42 means that the tank is empty.")
    switching.rollback()
    before = askers[0].by_model["all-MiniLM-L6-v2"]
    asked_by(askers, "all-MiniLM-L6-v2", before + 5)
    switching.switch(second)
    switching.rollback()
    switching.retire(second)
    switching.remove(second.pk)
    stop.set()
    for asker in askers:
        asker.join(20)

    assert [each.problems for each in askers] == [[], [], []]
    assert all(each.by_model["second"] >= 5 for each in askers)

"""Two models compared by the worker, with questions that staff upload."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from supportapp.evals import comparisons, tasks
from supportapp.evals.models import Comparison
from supportapp.knowledge import embedders, embeddings, filling, switching
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval import indexes
from tests.factories import ArticleFactory, UserFactory
from tests.fakes.model_server import ModelServer

ADD = "/admin/evals/comparison/add/"
QUESTION = json.dumps({"text": "reset the router", "articles": ["reset"]})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(dimension=8) as server:
        yield server
        embedders.forget()


@pytest.fixture
def models(db: None, server: ModelServer) -> Iterator[list[EmbeddingModel]]:
    indexes.forget()
    first = embeddings.ensure_current_model()
    for slug, title in (("reset", "Reset the router"), ("refunds", "Refunds")):
        ArticleFactory(slug=slug, title=title, is_published=True)
    url = server.base_url
    yield [first, switching.add(Endpoint("second", EmbeddingModel.Kind.OPENAI, base_url=url))]
    indexes.forget()


@pytest.fixture
def administrator(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(username="ada", administrator=True))
    return client


def form(models: list[EmbeddingModel], text: str | bytes = QUESTION) -> dict[str, object]:
    content = text.encode() if isinstance(text, str) else text
    return {
        "first": models[0].pk,
        "second": models[1].pk,
        "workspace": Workspace.default().pk,
        "questions": SimpleUploadedFile("asked.jsonl", content),
    }


def test_the_worker_compares_and_the_page_shows_what_came_of_it(
    administrator: Client, models: list[EmbeddingModel]
):
    reply = administrator.post(ADD, form(models))
    waiting = administrator.get(reply["location"]).content.decode()
    event = OutboxEvent.objects.get(task=comparisons.RUN)
    tasks.run_comparison(**event.payload, event_id=str(event.pk))
    done = administrator.get(reply["location"]).content.decode()

    assert "Waiting for the worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert "ndcg@10" in done
    assert "may be chance" in done
    comparison = Comparison.objects.get()
    assert (comparison.state, comparison.figures["queries"]) == ("done", 1)
    assert OutboxEvent.objects.get(pk=event.pk).state == "done"


def test_a_model_that_is_away_ends_the_comparison_with_the_reason(
    administrator: Client, models: list[EmbeddingModel], server: ModelServer
):
    server.fault("401", on="embeddings")
    administrator.post(ADD, form(models))

    comparisons.run(Comparison.objects.get().pk, timezone.now())

    comparison = Comparison.objects.get()
    assert comparison.state == "failed"
    assert "status_401" in comparison.message


def test_questions_without_a_vector_are_no_comparison(
    administrator: Client, models: list[EmbeddingModel], server: ModelServer
):
    filling.start(models[1])
    assert not filling.run(models[1].pk)
    server.fault("401", on="embeddings")
    administrator.post(ADD, form(models))

    comparisons.run(Comparison.objects.get().pk, timezone.now())

    assert "gave no vector for 1 questions" in Comparison.objects.get().message


def test_a_killed_comparison_begins_anew_and_a_running_one_is_left_alone(
    administrator: Client, models: list[EmbeddingModel]
):
    administrator.post(ADD, form(models))
    comparison = Comparison.objects.get()
    Comparison.objects.update(state="running", updated_at=timezone.now())

    assert not comparisons.run(comparison.pk, timezone.now())
    assert comparisons.run(comparison.pk, timezone.now() + timedelta(minutes=4))
    assert Comparison.objects.get().state == "done"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "Line 1"),
        ('{"text": "a", "articles": ["nowhere"]}', "no published article nowhere"),
        (b"\xff\xfe", "UTF-8"),
        (b"\x00", "text"),
    ],
)
def test_questions_that_can_not_be_used_are_refused_in_the_form(
    administrator: Client, models: list[EmbeddingModel], text: str | bytes, reason: str
):
    page = administrator.post(ADD, form(models, text)).content.decode()

    assert reason in page
    assert not Comparison.objects.exists()


def test_a_model_is_compared_with_another_one(administrator: Client, models: list[EmbeddingModel]):
    page = administrator.post(ADD, form([models[0], models[0]])).content.decode()

    assert "Choose another model" in page


def test_editors_may_not_compare(models: list[EmbeddingModel]):
    client = Client()
    client.force_login(UserFactory(username="ed", editor=True))

    assert client.get(ADD).status_code == 403
    assert client.get("/admin/evals/comparison/1/change/").status_code == 403


def test_a_comparison_that_is_not_there_is_not_found(administrator: Client):
    assert administrator.get("/admin/evals/comparison/7/change/").status_code == 404

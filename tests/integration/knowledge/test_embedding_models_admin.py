"""What staff can do about embedding models with buttons, and what they can't."""

from collections.abc import Iterator

import pytest
from django.test import Client

from supportapp.knowledge import embedders, filling, switching
from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding, Workspace
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory, UserFactory
from tests.fakes.model_server import ModelServer

LIST = "/admin/knowledge/embeddingmodel/"


@pytest.fixture
def server(workspace: Workspace) -> Iterator[ModelServer]:
    with ModelServer(dimension=8) as server:
        yield server
        embedders.forget()


@pytest.fixture
def administrator(workspace: Workspace) -> Client:
    client = Client()
    client.force_login(UserFactory(username="ada", administrator=True))
    return client


@pytest.fixture
def second(administrator: Client, server: ModelServer) -> EmbeddingModel:
    ArticleFactory(is_published=True)
    reply = administrator.post(f"{LIST}add/", form(server))
    assert reply.status_code == 302, reply.context["adminform"].form.errors
    return EmbeddingModel.objects.get(name="second")


def form(server: ModelServer, **more: str) -> dict[str, str]:
    return {
        "name": "second",
        "kind": "openai",
        "base_url": server.base_url,
        "served_name": "",
        "key_variable": "",
        "batch": "16",
        "requests_per_minute": "0",
    } | more


def press(client: Client, model: EmbeddingModel, verb: str, **more: str) -> str:
    reply = client.post(f"{LIST}{model.pk}/{verb}/now/", more, follow=True)
    assert reply.status_code == 200
    return reply.content.decode()


def filled(model: EmbeddingModel) -> None:
    while filling.run(model.pk):
        pass


def test_adding_probes_the_endpoint_and_sends_nothing_more(
    server: ModelServer, second: EmbeddingModel, administrator: Client
):
    assert (second.dimension, second.batch, second.is_paused) == (8, 16, True)
    assert len(server.requests) == 1
    assert "Not filled yet" in administrator.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("fault", "reason"), [("401", "refuses the key"), ("html", "speak the protocol")]
)
def test_what_is_wrong_with_an_endpoint_is_said_in_the_form(
    administrator: Client, server: ModelServer, fault: str, reason: str
):
    server.fault(fault, on="embeddings")

    page = administrator.post(f"{LIST}add/", form(server)).content.decode()

    assert reason in page
    assert not EmbeddingModel.objects.filter(name="second").exists()


def test_no_other_secret_can_be_named_as_the_key(administrator: Client, server: ModelServer):
    page = administrator.post(f"{LIST}add/", form(server, key_variable="SECRET_KEY"))

    assert "EMBEDDING_KEY_" in page.content.decode()
    assert server.requests == []


def test_an_address_may_change_but_not_the_dimension(
    administrator: Client, second: EmbeddingModel, server: ModelServer
):
    with ModelServer(dimension=9) as other:
        page = administrator.post(
            f"{LIST}{second.pk}/change/", form(server, base_url=other.base_url)
        )
    assert "vectors have 9 dimensions" in page.content.decode()

    administrator.post(f"{LIST}{second.pk}/change/", form(server, batch="4"))
    second.refresh_from_db()
    assert (second.batch, second.base_url) == (4, server.base_url)


def test_a_model_is_filled_paused_switched_to_and_left_again(
    administrator: Client, second: EmbeddingModel
):
    assert "The worker fills second" in press(administrator, second, "fill")
    assert "The fill of second is paused" in press(administrator, second, "pause")
    assert "no vector for 1 passage yet" in press(administrator, second, "switch")
    press(administrator, second, "fill")
    filled(second)
    assert "1 of 1 passages" in administrator.get(LIST).content.decode()

    assert "From the next question on, second answers" in press(administrator, second, "switch")
    assert "Go back to all-MiniLM-L6-v2" in administrator.get(LIST).content.decode()
    assert "all-MiniLM-L6-v2 answers." in press(administrator, second, "rollback")
    assert EmbeddingModel.objects.get(state="active").name == "all-MiniLM-L6-v2"


def test_a_forced_switch_says_what_is_lacking_before_and_after(
    administrator: Client, second: EmbeddingModel
):
    asked = administrator.get(f"{LIST}{second.pk}/switch/now/").content.decode()

    assert "has no vector yet" in asked
    assert "1 vectors are being made" in press(administrator, second, "switch", force="1")


def test_removing_says_first_how_much_goes(administrator: Client, second: EmbeddingModel):
    press(administrator, second, "fill")
    filled(second)

    asked = administrator.get(f"{LIST}{second.pk}/drop/now/").content.decode()
    assert "<strong>1</strong> vector and their index" in asked
    assert PassageEmbedding.objects.filter(model=second).exists()
    assert "The worker removes second" in press(administrator, second, "drop")
    assert OutboxEvent.objects.filter(task=switching.REMOVE).exists()
    assert "Being removed" in administrator.get(LIST).content.decode()


def test_the_active_model_can_not_be_removed(administrator: Client, workspace: Workspace):
    active = EmbeddingModel.objects.get()

    assert "switch to another one first" in press(administrator, active, "drop")
    assert EmbeddingModel.objects.filter(pk=active.pk, state="active").exists()


def test_the_list_looks_again_while_the_worker_is_at_it(
    administrator: Client, second: EmbeddingModel
):
    assert 'hx-trigger="every 2s"' not in administrator.get(LIST).content.decode()
    press(administrator, second, "fill")

    part = administrator.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part


@pytest.mark.parametrize("verb", ["fill", "pause", "switch", "rollback", "drop"])
def test_editors_look_and_change_nothing(editor: Client, second: EmbeddingModel, verb: str):
    assert editor.get(LIST).status_code == 200
    assert editor.post(f"{LIST}{second.pk}/{verb}/now/").status_code == 403
    assert editor.get(f"{LIST}add/").status_code == 403


def test_odd_addresses_are_not_found(administrator: Client, second: EmbeddingModel):
    assert administrator.post(f"{LIST}{second.pk}/explode/now/").status_code == 404
    assert administrator.post(f"{LIST}999/fill/now/").status_code == 404
    assert administrator.get(f"{LIST}{second.pk}/fill/now/").status_code == 302

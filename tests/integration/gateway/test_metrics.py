"""/metrics tells who knows the token what every process has counted."""

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import ModelError
from tests.fakes.model_server import ModelServer
from tests.integration.gateway.asking import ask

pytestmark = pytest.mark.django_db
LABELS = ("purpose", "model", "state", "type", "error", "le")
TOKEN = {"Authorization": "Bearer scrape-me"}


@pytest.fixture
def scraped(settings: Settings) -> None:
    settings.METRICS_TOKEN = "scrape-me"


def values(client: Client, name: str) -> dict[tuple[str, ...], float]:
    text = client.get("/metrics", headers=TOKEN).content.decode()
    families = {each.name: each for each in text_string_to_metric_families(text)}
    return {
        tuple(each.labels[label] for label in LABELS if label in each.labels): each.value
        for each in families[name].samples
    }


def test_without_a_token_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics", headers=TOKEN).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "scrape-me", "Bearer scrape-mé"])
def test_a_wrong_token_learns_nothing(client: Client, scraped: None, given: str) -> None:
    response = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert response.status_code == 401
    assert b"supportapp" not in response.content


def test_calls_tokens_and_costs_are_told(
    client: Client,
    scraped: None,
    model: ModelServer,
    spare_row: ModelConfig,
    workspace: Workspace,
) -> None:
    ask(workspace_id=workspace.pk)
    model.fault("500").once()
    ask(workspace_id=workspace.pk)
    model.fault("429")
    ModelConfig.objects.update(is_enabled=False)
    with pytest.raises(ModelError):
        ask(workspace_id=workspace.pk)

    calls = values(client, "supportapp_model_calls")
    assert calls["answer", "default", ""] == 1
    assert calls["answer", "default", "model_unavailable"] == 1
    assert calls["answer", "default", "model_rate_limited"] == 1
    assert calls["answer", "spare", ""] == 1
    assert values(client, "supportapp_model_tokens")["answer", "spare", "written"] > 0
    assert values(client, "supportapp_model_cost_dollars")["answer", "spare"] > 0
    first = values(client, "supportapp_model_first_token_seconds")
    assert first["answer", "default", "+Inf"] == 1


def test_turns_and_the_outbox_are_told(client: Client, scraped: None) -> None:
    assert values(client, "supportapp_turns_running") == {(): 0}
    assert values(client, "supportapp_outbox_events")[("dead",)] == 0

"""One door to all models: who is asked for what, in which order, and what is kept of it."""

import json
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from pytest_django.fixtures import Settings

from supportapp.gateway import chats, ledger, recording, registry
from supportapp.gateway.models import Allowance, CallCount, ModelCall, ModelConfig, Spending
from supportapp.knowledge import embedders
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import ModelUnavailable
from tests.fakes.model_server import ModelServer
from tests.integration.gateway.asking import ask, text_of
from tests.integration.gateway.conftest import KEY

pytestmark = pytest.mark.django_db
VISITOR = uuid.UUID("33333333-3333-4333-8333-333333333333")


def names(purpose: str = "answer") -> list[str]:
    return [each.name for each in registry.endpoints(purpose)]


# Who there is


def test_without_a_key_or_an_address_there_is_no_model() -> None:
    assert chats.chat("answer") is None


def test_the_environments_model_is_called_default(model: ModelServer) -> None:
    assert names() == ["default"]
    assert text_of(ask()) == "Hold the button. [1]"


def test_models_are_asked_in_the_order_of_their_places(
    model: ModelServer, spare_row: ModelConfig
) -> None:
    assert names() == ["default", "spare"]
    ModelConfig.objects.update(position=1)
    assert names() == ["spare", "default"]
    ModelConfig.objects.update(is_enabled=False)
    assert names() == ["default"]


def test_a_model_is_asked_for_its_purposes_only(model: ModelServer, spare_row: ModelConfig) -> None:
    ModelConfig.objects.update(purposes=["judge", "moderation"], position=1)
    assert (names("answer"), names("judge"), names("moderation")) == (
        ["default"],
        ["spare", "default"],
        ["spare"],
    )


def test_the_environment_may_list_more_models(
    model: ModelServer, spare: ModelServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY_SPARE", "from-a-variable")
    settings.MODELS = json.dumps(
        [
            {"name": "default", "price_in": 1, "price_out": 2, "context_tokens": 9000},
            {
                "name": "listed",
                "base_url": spare.base_url,
                "model": "small-4",
                "key_variable": "MODEL_KEY_SPARE",
                "position": 1,
            },
        ]
    )
    listed, default = registry.endpoints("answer")
    assert (listed.name, default.context_tokens) == ("listed", 9000)
    assert default.price is not None

    ask()

    assert spare.requests[-1].headers["authorization"] == "Bearer from-a-variable"
    assert spare.requests[-1].body["model"] == "small-4"


def test_another_model_reads_passages_where_one_is_named(
    model: ModelServer, settings: Settings
) -> None:
    settings.RERANK_MODEL = "reader"
    assert [each.wire_name for each in registry.endpoints("rerank")] == ["reader"]
    assert [each.wire_name for each in registry.endpoints("answer")] == [settings.CHAT_MODEL]


# Keys


def test_each_key_goes_to_its_own_address_only(
    model: ModelServer, spare: ModelServer, spare_row: ModelConfig, settings: Settings
) -> None:
    settings.OPENAI_API_KEY = "sk-environment"
    model.fault("500")

    ask()

    assert model.requests[-1].headers["authorization"] == "Bearer sk-environment"
    assert spare.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert registry.key_for(spare.base_url) == KEY
    assert registry.key_for(f"{spare.base_url}/elsewhere") == ""


def test_a_key_is_unreadable_in_the_database_and_in_what_is_logged(
    spare_row: ModelConfig, caplog: pytest.LogCaptureFixture
) -> None:
    assert KEY not in spare_row.sealed_key
    assert KEY not in repr(registry.endpoints("answer"))
    ask()
    assert KEY not in caplog.text


def test_a_key_survives_a_new_secret_key_while_the_old_one_is_known(
    spare_row: ModelConfig, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert [each.api_key for each in registry.endpoints("answer")] == [KEY]

    settings.SECRET_KEY_FALLBACKS = []
    assert registry.endpoints("answer") == ()


# What is kept


def test_a_turns_calls_are_stored_together_when_it_is_over(
    model: ModelServer, spare_row: ModelConfig, workspace: Workspace
) -> None:
    model.fault("500")
    turn = uuid.uuid4()
    with ledger.opened(workspace_id=workspace.pk, visitor=VISITOR, turn_id=turn) as kept:
        deltas = ask()
        ask("rewrite")
        assert ModelCall.objects.count() == 0
    recording.close(kept)
    recording.close(kept)

    assert deltas[0].endpoint == "spare"
    calls = list(ModelCall.objects.order_by("pk"))
    assert [(each.purpose, each.endpoint, each.error) for each in calls] == [
        ("answer", "default", "model_unavailable"),
        ("answer", "spare", ""),
        ("rewrite", "default", "model_unavailable"),
        ("rewrite", "spare", ""),
    ]
    good = calls[1]
    assert (good.turn_id, good.model, good.fingerprint) == (
        turn,
        "fake-model-2025-01-01",
        "fp_fake",
    )
    expected = (Decimal(10) * good.tokens_in + Decimal(20) * good.tokens_out) / 1_000_000
    assert good.cost == expected
    assert good.finish_reason == "stop"
    assert good.first_token_ms is not None
    used = sum(each.tokens_in + each.tokens_out for each in calls)
    assert list(Spending.objects.order_by("pk").values_list("visitor", "tokens")) == [
        (None, used),
        (VISITOR, used),
    ]


def test_days_add_up(model: ModelServer, workspace: Workspace) -> None:
    for _ in range(3):
        ask(workspace_id=workspace.pk)
    day = CallCount.objects.get()
    assert (day.calls, sum(day.first_token_counts), day.error) == (3, 3, "")
    assert day.tokens_out == sum(ModelCall.objects.values_list("tokens_out", flat=True))


def test_old_calls_are_forgotten_and_their_sums_kept(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    ask(workspace_id=workspace.pk)
    ModelCall.objects.update(created_at="2020-01-01T00:00:00Z")
    ask(workspace_id=workspace.pk)
    assert recording.tidy() == 1
    assert (ModelCall.objects.count(), CallCount.objects.get().calls) == (1, 2)


def test_a_hedge_asks_the_spare_model(
    model: ModelServer, spare: ModelServer, spare_row: ModelConfig, settings: Settings
) -> None:
    settings.MODEL_HEDGE_SECONDS = 0.05
    model.fault("hang")
    spare.say("Quicker.")
    assert text_of(ask()) == "Quicker."
    assert model.wait_for_aborted(1)
    assert {call.error for call in ModelCall.objects.all()} == {"", "cancelled"}


def test_staff_can_switch_models_off(model: ModelServer, workspace: Workspace) -> None:
    Allowance.objects.create(workspace=workspace, are_models_on=False)
    assert chats.chat("answer", workspace_id=workspace.pk) is None
    assert chats.chat("answer") is not None


def test_a_model_that_keeps_failing_is_left_alone(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.MODEL_BREAKER_FAILURES = 2
    model.fault("500")
    for _ in range(5):
        with pytest.raises(ModelUnavailable):
            ask()
    assert len(model.requests) == 2


def test_a_moderator_is_who_was_chosen_for_it(spare: ModelServer, spare_row: ModelConfig) -> None:
    assert chats.moderator() is None
    ModelConfig.objects.update(purposes=["moderation"])
    moderator = chats.moderator()
    assert moderator is not None
    assert moderator.name == "spare-wire"


def test_an_embedding_model_at_a_chat_models_address_uses_its_key(
    spare: ModelServer, spare_row: ModelConfig
) -> None:
    there = embedders.Endpoint("e5", "openai", base_url=spare.base_url, dimension=64)
    assert there.address == (spare.base_url, KEY)
    named = replace(there, key_variable="EMBEDDING_KEY_E5")
    elsewhere = replace(there, base_url="http://127.0.0.1:9/v1")
    assert (named.address[1], elsewhere.address[1]) == ("", "")

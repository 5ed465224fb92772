"""A workspace's routes, from what staff choose to the receipt, the page and the metrics."""

import uuid

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from prometheus_client.core import Metric
from pytest_django.fixtures import Settings

from supportapp.answering import assemble, setups
from supportapp.answering.models import RoutePolicy, Setup
from supportapp.conversations import metrics, replays, turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import question_of
from supportapp.conversations.running import Running, run
from supportapp.gateway.models import Allowance, ModelConfig, Spending
from supportapp.knowledge.models import Workspace
from supportapp.review.models import Feedback, ReviewItem
from tests.fakes.model_server import ModelServer

QUESTION = "Are yearly plans refunded?"
SAID = "Yearly plans are refunded in full within 30 days of payment [1]."


@pytest.fixture
def large(help_centre: Workspace, model: ModelServer, settings: Settings) -> ModelServer:
    """The settings' model is a small one; beside it stands a large one, at the same server."""
    settings.MODELS = '[{"name": "default", "route": "small"}]'
    settings.CHAT_MODEL = "small-wire"
    settings.CACHE_ON = False
    ModelConfig.objects.create(
        name="large", base_url=model.base_url, wire_name="large-wire", position=30
    )
    model.say(SAID)
    return model


def choose(workspace: Workspace, **chosen: object) -> None:
    RoutePolicy.objects.create(workspace=workspace, **chosen)
    Setup.raise_generation(workspace.pk)


def ask(talk: Conversation, text: str = QUESTION, **more: object) -> Turn:
    turn = turns.open(talk, text, uuid.uuid4(), **more)  # type: ignore[arg-type]
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    return turn


def another(talk: Conversation) -> Conversation:
    return Conversation.objects.create(workspace=talk.workspace, visitor=uuid.uuid4())


def asked(server: ModelServer) -> list[str]:
    return [request.body["model"] for request in server.chats()]


@pytest.mark.parametrize(
    ("policy", "route", "models"),
    [("balanced", "small", ["small-wire"]), ("cheap", "quoting", []), ("quoting", "quoting", [])],
)
def test_the_workspaces_policy_chooses_who_writes(
    talk: Conversation, large: ModelServer, policy: str, route: str, models: list[str]
) -> None:
    choose(talk.workspace, policy=policy)
    turn = ask(talk)
    assert turn.receipt["route"]["route"] == route
    assert turn.receipt["route"]["policy"] == policy
    assert asked(large) == models
    assert turn.notices == []


def test_a_small_model_that_fails_is_replaced_by_the_large_one(
    talk: Conversation, large: ModelServer
) -> None:
    large.fault("500").times(2)
    turn = ask(talk)
    assert (turn.kind, turn.model) == ("generated", "fake-model-2025-01-01")
    assert turn.notices == ["other_model"]
    assert asked(large)[-1] == "large-wire"


def test_a_critical_word_is_put_to_the_vote_of_the_large_model(
    talk: Conversation, large: ModelServer
) -> None:
    choose(talk.workspace, critical=["refunded"], votes=3)
    turn = ask(talk)
    assert asked(large) == ["large-wire"] * 3
    assert turn.receipt["route"]["votes"]["agreed"]
    assert len([each for each in turn.receipt["calls"] if each["purpose"] == "answer"]) == 3
    assert replays.replay(turn).answer.receipt["route"]["votes"]["samples"] == 3


def test_a_change_of_the_policy_holds_from_the_next_question_on(
    talk: Conversation, large: ModelServer, admin_client: Client
) -> None:
    assert ask(talk).receipt["route"]["route"] == "small"
    form = {"workspace": talk.workspace.pk, "policy": "quoting", "critical": "a, b", "votes": 2}
    page = admin_client.post(reverse("admin:answering_routepolicy_add"), form, follow=True)
    assert page.status_code == 200
    assert "a, b" in page.content.decode()
    assert ask(talk).receipt["route"]["policy"] == "quoting"
    (chosen,) = RoutePolicy.objects.all()
    assert (chosen.critical, chosen.votes) == (["a", "b"], 2)
    admin_client.post(reverse("admin:answering_routepolicy_delete", args=[chosen.pk]),
                      {"post": "yes"})  # fmt: skip
    assert ask(talk).receipt["route"]["policy"] == "balanced"


@pytest.mark.parametrize(
    ("used", "route", "reasons", "notices"),
    [
        (50_000, "small", ["easy"], []),
        (85_000, "quoting", ["budget_low", "easy"], []),
        (99_000, "quoting", ["budget_spent"], ["budget_spent"]),
    ],
)
def test_a_budget_degrades_before_it_is_spent_and_says_so_when_it_is(
    talk: Conversation,
    large: ModelServer,
    used: int,
    route: str,
    reasons: list[str],
    notices: list[str],
) -> None:
    Allowance.objects.create(workspace=talk.workspace, tokens_per_day=100_000)
    Spending.objects.create(workspace=talk.workspace, day=timezone.localdate(), tokens=used)
    turn = ask(talk)
    assert turn.receipt["route"]["route"] == route
    assert turn.receipt["route"]["reasons"] == reasons
    assert turn.notices == notices


def test_a_visitors_own_budget_counts_too(talk: Conversation, large: ModelServer) -> None:
    Allowance.objects.create(workspace=talk.workspace, visitor_tokens_per_day=100_000)
    day = timezone.localdate()
    Spending.objects.create(workspace=talk.workspace, day=day, visitor=talk.visitor, tokens=99_999)
    assert ask(talk).notices == ["budget_spent"]
    assert ask(another(talk)).kind == "generated"


def test_what_a_low_budget_wrote_is_not_remembered_for_better_days(
    talk: Conversation, large: ModelServer, settings: Settings
) -> None:
    settings.CACHE_ON = True
    Allowance.objects.create(workspace=talk.workspace, tokens_per_day=1_000_000)
    choose(talk.workspace, policy="quality")
    Spending.objects.create(workspace=talk.workspace, day=timezone.localdate(), tokens=850_000)
    assert ask(talk).receipt["route"]["reasons"][0] == "budget_low"
    Allowance.objects.all().delete()
    assert ask(another(talk)).receipt["memory"]["outcome"] == "miss"
    assert ask(another(talk)).receipt["route"] == {"route": "memory"}


def test_answers_that_failed_before_bring_the_large_model(
    talk: Conversation, large: ModelServer
) -> None:
    first = ask(talk)
    assert question_of(first).failures == 0
    Feedback.objects.create(turn=first, visitor=talk.visitor, value="down")
    assert ask(talk).receipt["route"]["reasons"] == ["failed_before"]
    assert asked(large)[-1] == "large-wire"


def test_asking_for_another_answer_counts_as_a_failure(
    talk: Conversation, large: ModelServer
) -> None:
    first = ask(talk)
    again = ask(talk, cause="regenerate", supersedes=first)
    assert again.receipt["route"]["clues"]["failures"] == 1


def test_routes_cost_no_query_and_one_where_a_day_is_limited(
    help_centre: Workspace, large: ModelServer
) -> None:
    choose(help_centre, policy="balanced", critical=["refund"])
    setups.standing(help_centre.pk)
    assert asked_of_routes(help_centre) == [1, 0, 0]
    Allowance.objects.create(workspace=help_centre, tokens_per_day=10)
    assert asked_of_routes(help_centre) == [1, 0, 1]


def asked_of_routes(workspace: Workspace) -> list[int]:
    """How often the models, the policy and the spending are read for one question's parts."""
    with CaptureQueriesContext(connection) as seen:
        assemble.parts(workspace.pk)
    tables = ("gateway_modelconfig", "answering_routepolicy", "gateway_spending")
    return [sum(table in each["sql"] for each in seen) for table in tables]


def test_staff_read_the_route_with_its_reason_in_the_receipt(
    talk: Conversation, large: ModelServer, admin_client: Client
) -> None:
    turn = ask(talk)
    item = ReviewItem.objects.create(turn=turn, reason="sampled")
    page = admin_client.get(reverse("review:item", args=[item.pk])).content.decode()
    assert "Small, policy balanced: easy enough for it" in page
    assert "Chance that a quote fails" in page


def test_route_shares_are_told_to_prometheus(talk: Conversation, large: ModelServer) -> None:
    ask(talk)
    choose(talk.workspace, policy="quoting")
    ask(talk)
    ask(talk, "hello")
    (family,) = [each for each in metrics.collect() if each.name == "supportapp_routes_last_hour"]
    assert shares(family) == {
        ("small", "balanced", "generated"): 1.0,
        ("quoting", "quoting", "quoted"): 1.0,
    }


def shares(family: Metric) -> dict[tuple[str, ...], float]:
    return {
        (each.labels["route"], each.labels["policy"], each.labels["kind"]): each.value
        for each in family.samples
    }


def test_an_unknown_policy_of_the_settings_is_an_error(settings: Settings) -> None:
    settings.ROUTE_POLICY = "thrifty"
    assert "answering.E013" in {each.id for each in run_checks()}

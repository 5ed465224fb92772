"""Nobody spends more than is allowed: not in a day, not at once, not together."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.answering.reranking import reranking
from supportapp.gateway import budgets, chats, ledger, recording
from supportapp.gateway.ledger import Ledger
from supportapp.gateway.models import Allowance, ModelConfig, Reservation, Spending
from supportapp.gateway.values import Limits
from supportapp.knowledge.models import Workspace
from supportapp.llm.endpoints import Call
from supportapp.llm.errors import ModelBudgetSpent, ModelBusy, ModelError
from supportapp.llm.values import Usage
from tests.fakes.model_server import ModelServer
from tests.integration.gateway.asking import ask

ANNE = uuid.UUID("44444444-4444-4444-8444-444444444444")
# Fewer than the pool's connections, for the test holds one itself.
THREADS = 5
BEN = uuid.UUID("55555555-5555-4555-8555-555555555555")


def refused(**who: object) -> str:
    with pytest.raises(ModelError) as raised:
        ask(**who)  # type: ignore[arg-type]
    return f"{raised.value.code} {raised.value.reason}"


def spend(workspace: Workspace, tokens: int, visitor: uuid.UUID | None = None) -> None:
    Spending.objects.create(
        workspace=workspace, visitor=visitor, day=timezone.localdate(), tokens=tokens
    )


@pytest.mark.django_db
def test_a_spent_day_asks_no_model(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 1000
    spend(workspace, 990)
    assert refused(workspace_id=workspace.pk) == "budget_spent workspace_tokens"
    assert model.requests == []
    assert Reservation.objects.count() == 0


@pytest.mark.django_db
def test_yesterdays_spending_is_over(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 1000
    spend(workspace, 990)
    Spending.objects.update(day="2020-01-01")
    assert ask(workspace_id=workspace.pk)


@pytest.mark.django_db
def test_one_visitors_budget_is_not_anothers(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_VISITOR_TOKENS_PER_DAY = 100
    assert ask(workspace_id=workspace.pk, visitor=ANNE)
    spend_again = refused(workspace_id=workspace.pk, visitor=ANNE, max_tokens=90)
    assert spend_again == "budget_spent visitor_tokens"
    assert ask(workspace_id=workspace.pk, visitor=BEN)


@pytest.mark.django_db
def test_dollars_are_counted_where_the_price_is_known(
    spare_row: ModelConfig, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_DOLLARS_PER_DAY = 0.0009
    assert refused(workspace_id=workspace.pk) == "budget_spent workspace_cost"
    settings.BUDGET_DOLLARS_PER_DAY = 0.01
    assert ask(workspace_id=workspace.pk)
    assert Spending.objects.get(visitor=None).cost > 0


@pytest.mark.django_db
def test_the_dearest_of_those_that_may_answer_is_reserved_for(
    model: ModelServer, spare_row: ModelConfig, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_DOLLARS_PER_DAY = 0.0009
    assert refused(workspace_id=workspace.pk) == "budget_spent workspace_cost"


@pytest.mark.django_db
def test_no_model_is_asked_whose_tokens_cannot_be_counted(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 10**30
    told = refused(workspace_id=workspace.pk, max_tokens=10**20)
    assert told == "model_unavailable budget_unknown"
    assert model.requests == []


@pytest.mark.django_db
def test_ordering_passages_is_reserved_for_like_any_call(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 5000
    model.say("[2] > [1]")
    with ledger.opened(workspace_id=workspace.pk, visitor=ANNE) as kept:
        made = reranking(chats.chat("rerank"), "chat")
        assert made is not None
        assert made.reranker.rerank("Which?", ["one", "other"]) == [0.5, 1.0]
        assert Reservation.objects.get().tokens > 0
    recording.close(kept)
    settings.BUDGET_TOKENS_PER_DAY = 1
    with ledger.opened(workspace_id=workspace.pk, visitor=ANNE):
        again = reranking(chats.chat("rerank"), "chat")
        assert again is not None
        with pytest.raises(ModelBudgetSpent):
            again.reranker.rerank("Which?", ["one", "other"])


@pytest.mark.django_db
def test_a_workspaces_own_allowance_goes_before_the_settings(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 1
    Allowance.objects.create(workspace=workspace, tokens_per_day=10_000)
    assert ask(workspace_id=workspace.pk)
    Allowance.objects.update(tokens_per_day=1)
    assert refused(workspace_id=workspace.pk) == "budget_spent workspace_tokens"


@pytest.mark.django_db
def test_what_is_reserved_is_settled_to_what_was_used(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_TOKENS_PER_DAY = 5000
    with ledger.opened(workspace_id=workspace.pk, visitor=ANNE) as kept:
        ask(max_tokens=3000)
        assert Reservation.objects.get().tokens > 3000
        ask("rewrite", max_tokens=100)
        assert Reservation.objects.get().tokens > 3100
    recording.close(kept)
    assert Reservation.objects.count() == 0
    assert Spending.objects.get(visitor=None).tokens == sum(
        each.tokens for each in Spending.objects.filter(visitor=ANNE)
    )
    assert Spending.objects.get(visitor=None).tokens < 200


@pytest.mark.django_db
def test_a_turn_takes_one_place_however_many_calls_it_makes(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_VISITOR_CONCURRENT = 1
    with ledger.opened(workspace_id=workspace.pk, visitor=ANNE) as kept:
        ask("rewrite")
        ask()
        with ledger.opened(workspace_id=workspace.pk, visitor=ANNE):
            assert refused() == "model_busy visitor_concurrency"
        with ledger.opened(workspace_id=workspace.pk, visitor=BEN) as other:
            ask()
        recording.close(other)
    recording.close(kept)
    assert ask(workspace_id=workspace.pk, visitor=ANNE)


@pytest.mark.django_db
def test_a_reservation_that_nobody_settles_lapses(
    model: ModelServer, workspace: Workspace, settings: Settings
) -> None:
    settings.BUDGET_CONCURRENT = 1
    with ledger.opened(workspace_id=workspace.pk):
        ask()
    assert refused(workspace_id=workspace.pk) == "model_busy workspace_concurrency"
    Reservation.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert ask(workspace_id=workspace.pk)


@pytest.mark.django_db
def test_without_limits_nothing_is_reserved(model: ModelServer, workspace: Workspace) -> None:
    with ledger.opened(workspace_id=workspace.pk) as kept:
        ask()
    assert kept.reservation is None


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_overdraw_together() -> None:
    workspace_id = Workspace.default().pk
    limits = Limits(tokens=1000, concurrent=100)
    taken: list[str] = []
    start = threading.Barrier(THREADS)

    def reserve() -> None:
        try:
            start.wait(10)
            for _ in range(6):
                try:
                    budgets.reserve(Ledger(workspace_id), limits, 100, Decimal(0))
                except ModelBudgetSpent:
                    taken.append("refused")
                else:
                    taken.append("held")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(reserve) for _ in range(THREADS)]:
            future.result(30)

    assert taken.count("held") == 10
    assert sum(Reservation.objects.values_list("tokens", flat=True)) == 1000


@pytest.mark.django_db(transaction=True)
def test_many_turns_closed_at_once_lose_no_token() -> None:
    workspace_id = Workspace.default().pk

    def close(number: int) -> None:
        kept = Ledger(workspace_id, ANNE if number % 2 else BEN)
        for purpose in ("answer", "rewrite") if number % 3 else ("rewrite", "answer"):
            kept.note(make_call(purpose))
        try:
            recording.close(kept)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(close, range(24)))

    assert Spending.objects.get(visitor=None).tokens == 24 * 2 * 12
    assert Spending.objects.get(visitor=ANNE).tokens == 12 * 2 * 12


def make_call(purpose: str) -> Call:
    return Call(
        purpose=purpose,
        endpoint="default",
        provider="openai",
        requested="m",
        model="m-1",
        fingerprint="",
        seed=None,
        temperature=0.0,
        usage=Usage(10, 2),
        is_estimated=False,
        cost=None,
        first_token_ms=12.0,
        total_ms=20.0,
        finish_reason="stop",
        error="",
    )


def test_busy_and_spent_are_told_apart() -> None:
    used = budgets.Used(running=2, tokens=10)
    with pytest.raises(ModelBusy):
        budgets.refuse(Limits(concurrent=2), used, 5, Decimal(0))
    with pytest.raises(ModelBudgetSpent):
        budgets.refuse(Limits(tokens=14), used, 5, Decimal(0))
    budgets.refuse(Limits(concurrent=3, tokens=15), used, 5, Decimal(0))

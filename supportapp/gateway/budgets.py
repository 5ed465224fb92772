"""What may be used in a day and at once: reserved before a model is asked, settled afterwards.

Spending stands in Postgres, not in Redis: whoever empties Redis doesn't fill the purse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from supportapp.gateway.ledger import Ledger
from supportapp.gateway.models import Allowance, Reservation, Spending
from supportapp.gateway.values import Limits
from supportapp.llm.errors import ModelBudgetSpent, ModelBusy
from supportapp.row_versions import Kept, Rows

# Beside Django's own and others' advisory locks.
LOCK = 0x6761_7465 << 32
GRACE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Used:
    """What has been used today, with what is held for answers that are being written."""

    tokens: int = 0
    dollars: Decimal = Decimal(0)
    running: int = 0
    visitor_tokens: int = 0
    visitor_running: int = 0


def limits(workspace_id: int | None) -> Limits:
    """Return a workspace's own limits; where it has none, the settings'."""
    general = Limits(
        tokens=settings.BUDGET_TOKENS_PER_DAY,
        dollars=Decimal(str(settings.BUDGET_DOLLARS_PER_DAY)),
        concurrent=settings.BUDGET_CONCURRENT,
        visitor_tokens=settings.BUDGET_VISITOR_TOKENS_PER_DAY,
        visitor_concurrent=settings.BUDGET_VISITOR_CONCURRENT,
    )
    own = _ALLOWANCES.of(workspace_id, workspace=workspace_id) if workspace_id else None
    return general if own is None else _own(own, general)


def _allowance(workspace_id: int) -> Allowance | None:
    return Allowance.objects.filter(workspace=workspace_id).first()


_ALLOWANCES = Kept(_allowance, Rows.of(Allowance, by_workspace=True))


def reserve(ledger: Ledger, limits: Limits, tokens: int, cost: Decimal) -> None:
    """Hold tokens for one call; raises ModelBudgetSpent or ModelBusy where there are none left.

    A turn holds one place however many calls it makes. One workspace's reservations are made one
    after another, so that two answers can't both take the last tokens.
    """
    if ledger.workspace_id is None:
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + ledger.workspace_id])
        refuse(limits, used(ledger), tokens, cost)
        _hold(ledger, ledger.workspace_id, tokens, cost)


def refuse(limits: Limits, used: Used, tokens: int, cost: Decimal) -> None:
    """Raise what stands in the way of a call of so many tokens."""
    for reason, most, sum_ in (
        ("workspace_tokens", limits.tokens, used.tokens + tokens),
        ("workspace_cost", limits.dollars, used.dollars + cost),
        ("visitor_tokens", limits.visitor_tokens, used.visitor_tokens + tokens),
    ):
        if most and sum_ > most:
            raise ModelBudgetSpent(reason)
    for reason, most, running in (
        ("workspace_concurrency", limits.concurrent, used.running),
        ("visitor_concurrency", limits.visitor_concurrent, used.visitor_running),
    ):
        if most and running >= most:
            raise ModelBusy(reason)


def used(ledger: Ledger) -> Used:
    """Return what a ledger's workspace and visitor have used; its own place isn't counted."""
    workspace_id, visitor = ledger.workspace_id, ledger.visitor
    spent = _spent(workspace_id, visitor)
    whole = spent.get(None)
    own = spent.get(visitor) if visitor is not None else None
    held = _held(workspace_id, visitor, ledger.reservation)
    return Used(
        tokens=(whole.tokens if whole else 0) + held["all_tokens"],
        dollars=(whole.cost if whole else Decimal(0)) + held["all_cost"],
        running=held["running"],
        visitor_tokens=(own.tokens if own else 0) + held["own_tokens"],
        visitor_running=held["own_running"],
    )


def left(limits: Limits, workspace_id: int | None, visitor: UUID | None) -> float:
    """Return which share of the day's budget is left, of what is scarcest: 1 is all of it.

    What answers hold that are being written isn't counted: `reserve` does that.
    """
    if workspace_id is None or not limits.have_days:
        return 1.0
    spent = _spent(workspace_id, visitor)
    whole, own = spent.get(None), spent.get(visitor) if visitor is not None else None
    shares = [
        used / most
        for most, used in (
            (limits.tokens, whole.tokens if whole else 0),
            (float(limits.dollars), float(whole.cost) if whole else 0.0),
            (limits.visitor_tokens, own.tokens if own else 0),
        )
        if most
    ]
    return max(0.0, 1.0 - max(shares))


def release(ledger: Ledger) -> None:
    """Give back what a ledger holds; its calls are what counts from now on."""
    if ledger.reservation is not None:
        Reservation.objects.filter(pk=ledger.reservation).delete()
        ledger.reservation = None


def spend(ledger: Ledger) -> None:
    """Add a ledger's calls to the day's spending of its workspace and its visitor."""
    if ledger.workspace_id is None or not ledger.calls:
        return
    payers: list[UUID | None] = [None]
    if ledger.visitor is not None:
        payers.append(ledger.visitor)
    day = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.executemany(
            _SPEND,
            [(ledger.workspace_id, each, day, ledger.tokens, ledger.cost) for each in payers],
        )


_SPEND = (
    f"INSERT INTO {Spending._meta.db_table} AS spending"  # noqa: S608  # our own table's name
    " (workspace_id, visitor, day, tokens, cost) VALUES (%s, %s, %s, %s, %s)"
    " ON CONFLICT (workspace_id, day, visitor) DO UPDATE SET"
    " tokens = spending.tokens + excluded.tokens, cost = spending.cost + excluded.cost"
)


def _spent(workspace_id: int | None, visitor: UUID | None) -> dict[UUID | None, Spending]:
    today = Spending.objects.filter(workspace=workspace_id, day=timezone.localdate())
    rows = today.filter(Q(visitor=None) | Q(visitor=visitor))
    return {each.visitor: each for each in rows}


def _own(own: Allowance, general: Limits) -> Limits:
    def either(mine: int | None, others: int) -> int:
        return others if mine is None else mine

    return Limits(
        are_models_on=own.are_models_on,
        tokens=either(own.tokens_per_day, general.tokens),
        dollars=general.dollars if own.dollars_per_day is None else own.dollars_per_day,
        concurrent=either(own.concurrent, general.concurrent),
        visitor_tokens=either(own.visitor_tokens_per_day, general.visitor_tokens),
        visitor_concurrent=either(own.visitor_concurrent, general.visitor_concurrent),
    )


def _held(workspace_id: int | None, visitor: UUID | None, own: int | None) -> Mapping[str, Any]:
    live = Reservation.objects.filter(workspace=workspace_id, expires_at__gt=timezone.now())
    others, mine = ~Q(pk=own or 0), Q(visitor=visitor) if visitor else Q(pk=None)
    return live.aggregate(
        all_tokens=Sum("tokens", default=0),
        all_cost=Sum("cost", default=Decimal(0)),
        running=Count("pk", filter=others),
        own_tokens=Sum("tokens", filter=mine, default=0),
        own_running=Count("pk", filter=others & mine),
    )


def _hold(ledger: Ledger, workspace_id: int, tokens: int, cost: Decimal) -> None:
    lapses = timezone.now() + timedelta(seconds=settings.TURN_DEADLINE_SECONDS + GRACE_SECONDS)
    if ledger.reservation is not None:
        Reservation.objects.filter(pk=ledger.reservation).update(
            tokens=F("tokens") + tokens, cost=F("cost") + cost, expires_at=lapses
        )
        return
    made = Reservation.objects.create(
        workspace_id=workspace_id,
        visitor=ledger.visitor,
        tokens=tokens,
        cost=cost,
        expires_at=lapses,
    )
    ledger.reservation = made.pk

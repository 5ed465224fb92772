"""A closed ledger becomes rows: each call, the day's counts, the day's spending."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from supportapp.gateway import budgets
from supportapp.gateway.ledger import Ledger
from supportapp.gateway.models import (
    FIRST_TOKEN_BUCKETS,
    CallCount,
    ModelCall,
    Reservation,
    Spending,
)
from supportapp.llm.endpoints import Call


def close(ledger: Ledger) -> None:
    """Store a ledger's calls and settle what was reserved; a second time it does nothing."""
    if not ledger.is_open:
        return
    with transaction.atomic():
        ModelCall.objects.bulk_create(_row(ledger, each) for each in ledger.calls)
        _count(ledger.calls)
        budgets.spend(ledger)
        budgets.release(ledger)
    ledger.calls = []


def summary(calls: Iterable[Call]) -> list[dict[str, object]]:
    """Return the calls as a receipt keeps them: plain JSON."""
    return [
        {
            "purpose": each.purpose,
            "endpoint": each.endpoint,
            "model": each.model or each.requested,
            "fingerprint": each.fingerprint,
            "seed": each.seed,
            "temperature": each.temperature,
            "tokens_in": each.usage.prompt_tokens,
            "tokens_out": each.usage.completion_tokens,
            "tokens_cached": each.usage.cached_tokens,
            "is_estimated": each.is_estimated,
            "cost": None if each.cost is None else str(each.cost),
            "first_token_ms": _rounded(each.first_token_ms),
            "total_ms": _rounded(each.total_ms),
            "tokens_per_second": _rounded(each.tokens_per_second),
            "finish_reason": each.finish_reason,
            "error": each.error,
        }
        for each in calls
    ]


def tidy() -> int:
    """Forget calls after MODEL_CALL_DAYS, and reservations that nobody settled."""
    Reservation.objects.filter(expires_at__lt=timezone.now()).delete()
    oldest = timezone.now() - timedelta(days=settings.MODEL_CALL_DAYS)
    Spending.objects.filter(day__lt=oldest.date()).delete()
    deleted, _ = ModelCall.objects.filter(created_at__lt=oldest).delete()
    return deleted


def _row(ledger: Ledger, call: Call) -> ModelCall:
    return ModelCall(
        workspace_id=ledger.workspace_id,
        turn_id=ledger.turn_id,
        purpose=call.purpose,
        endpoint=call.endpoint,
        provider=call.provider,
        requested=call.requested,
        model=call.model[:200],
        fingerprint=call.fingerprint[:120],
        seed=call.seed,
        temperature=call.temperature,
        tokens_in=call.usage.prompt_tokens,
        tokens_out=call.usage.completion_tokens,
        tokens_cached=call.usage.cached_tokens,
        is_estimated=call.is_estimated,
        cost=call.cost,
        first_token_ms=_rounded(call.first_token_ms),
        total_ms=round(call.total_ms, 1),
        tokens_per_second=_rounded(call.tokens_per_second),
        finish_reason=call.finish_reason[:40],
        error=call.error,
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


@dataclass(slots=True)
class _Sum:
    """Calls of one kind, added up."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: Decimal = Decimal(0)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(FIRST_TOKEN_BUCKETS) + 1))
    seconds: float = 0.0

    def add(self, call: Call) -> None:
        self.calls += 1
        self.tokens_in += call.usage.prompt_tokens
        self.tokens_out += call.usage.completion_tokens
        self.tokens_cached += call.usage.cached_tokens
        self.cost += call.cost or 0
        if call.first_token_ms is not None:
            seconds = call.first_token_ms / 1000
            self.buckets[bisect_left(FIRST_TOKEN_BUCKETS, seconds)] += 1
            self.seconds += seconds


_COUNT = (
    f"INSERT INTO {CallCount._meta.db_table} AS held"  # noqa: S608  # our own table's name
    " (day, purpose, endpoint, error, calls, tokens_in, tokens_out, tokens_cached, cost,"
    " first_token_counts, first_token_seconds) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (day, purpose, endpoint, error) DO UPDATE SET"
    " calls = held.calls + excluded.calls,"
    " tokens_in = held.tokens_in + excluded.tokens_in,"
    " tokens_out = held.tokens_out + excluded.tokens_out,"
    " tokens_cached = held.tokens_cached + excluded.tokens_cached,"
    " cost = held.cost + excluded.cost,"
    " first_token_seconds = held.first_token_seconds + excluded.first_token_seconds,"
    " first_token_counts = ARRAY(SELECT one + other FROM"
    " unnest(held.first_token_counts, excluded.first_token_counts)"
    " WITH ORDINALITY AS both_counts(one, other, place) ORDER BY place)"
)


def _count(calls: Iterable[Call]) -> None:
    sums: dict[tuple[str, str, str], _Sum] = defaultdict(_Sum)
    for call in calls:
        sums[call.purpose, call.endpoint, call.error].add(call)
    day = timezone.localdate()
    with connection.cursor() as cursor:
        # In order, so that two turns never wait for each other's rows.
        for (purpose, endpoint, error), each in sorted(sums.items(), key=lambda pair: pair[0]):
            row = (
                each.calls,
                each.tokens_in,
                each.tokens_out,
                each.tokens_cached,
                each.cost,
                each.buckets,
                each.seconds,
            )
            cursor.execute(_COUNT, [day, purpose, endpoint, error, *row])

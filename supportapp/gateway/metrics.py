"""What Prometheus is told about models: the counts that every process adds to."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from supportapp.gateway.models import FIRST_TOKEN_BUCKETS, CallCount, Reservation

KIND = ["purpose", "model"]


def collect() -> Iterator[Metric]:
    """Yield the metrics of all calls since the first; rows, so that every process says the same."""
    calls = CounterMetricFamily(
        "supportapp_model_calls", "Calls of models", labels=[*KIND, "error"]
    )
    used = CounterMetricFamily(
        "supportapp_model_tokens", "Tokens read and written", labels=[*KIND, "type"]
    )
    cost = CounterMetricFamily(
        "supportapp_model_cost_dollars", "What calls cost whose price is known", labels=KIND
    )
    sums = CallCount.objects.order_by().values("purpose", "endpoint", "error")
    for row in sums.annotate(
        n=Sum("calls"),
        read=Sum("tokens_in"),
        written=Sum("tokens_out"),
        cached=Sum("tokens_cached"),
        dollars=Sum("cost"),
    ):
        kind = [row["purpose"], row["endpoint"]]
        calls.add_metric([*kind, row["error"]], row["n"])
        for type_ in ("read", "written", "cached"):
            used.add_metric([*kind, type_], row[type_])
        cost.add_metric(kind, float(row["dollars"]))
    yield from (_added(calls), _added(used), _added(cost), _first_tokens())
    yield GaugeMetricFamily(
        "supportapp_budget_reservations",
        "Answers that hold a part of a budget now",
        value=Reservation.objects.count(),
    )


def _first_tokens() -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        "supportapp_model_first_token_seconds", "Time to the first token", labels=KIND
    )
    sums: dict[tuple[str, str], tuple[list[int], float]] = {}
    rows = CallCount.objects.order_by().values_list(
        "purpose", "endpoint", "first_token_counts", "first_token_seconds"
    )
    for purpose, endpoint, counts, seconds in rows:
        so_far, total = sums.get((purpose, endpoint), ([0] * len(counts), 0.0))
        added = [one + other for one, other in zip(so_far, counts, strict=True)]
        sums[purpose, endpoint] = (added, total + seconds)
    edges = [*(str(each) for each in FIRST_TOKEN_BUCKETS), "+Inf"]
    for kind, (counts, seconds) in sums.items():
        below = [sum(counts[: place + 1]) for place in range(len(counts))]
        family.add_metric(list(kind), list(zip(edges, below, strict=True)), seconds)
    return family


def _added(family: CounterMetricFamily) -> CounterMetricFamily:
    """Add up samples of the same labels: errors are told apart in the calls alone."""
    sums: dict[tuple[str, ...], float] = {}
    for sample in family.samples:
        key = tuple(sample.labels.values())
        sums[key] = sums.get(key, 0.0) + sample.value
    made = CounterMetricFamily(family.name, family.documentation, labels=list(family._labelnames))
    for key, value in sums.items():
        made.add_metric(list(key), value)
    return made

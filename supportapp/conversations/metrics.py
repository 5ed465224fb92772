"""What Prometheus is told about turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from supportapp.conversations.models import Turn

WINDOW = timedelta(hours=1)


def collect() -> Iterator[Metric]:
    """Yield how many turns run now, how those of the last hour ended, and by which route."""
    running = Turn.objects.filter(state__in=Turn.RUNNING).count()
    yield GaugeMetricFamily("supportapp_turns_running", "Questions being answered", value=running)
    family = GaugeMetricFamily(
        "supportapp_turns_last_hour",
        "Questions of the last hour, by how they ended",
        labels=["state", "outcome", "kind", "error"],
    )
    recent = Turn.objects.filter(created_at__gte=timezone.now() - WINDOW).order_by()
    kinds = recent.values_list("state", "outcome", "kind", "error_code")
    for *labels, count in kinds.annotate(Count("pk")):
        family.add_metric([str(each) for each in labels], count)
    yield family
    yield _routes(recent)


def _routes(recent: QuerySet[Turn]) -> Metric:
    """Return how many answers of the last hour took each route, and what came of it.

    A route that leads to a model may still end in a quote: where the model failed.
    """
    family = GaugeMetricFamily(
        "supportapp_routes_last_hour",
        "Answers of the last hour, by route, policy and kind",
        labels=["route", "policy", "kind"],
    )
    taken = recent.filter(receipt__route__route__isnull=False)
    routes = taken.values_list("receipt__route__route", "receipt__route__policy", "kind")
    for *labels, count in routes.annotate(Count("pk")):
        family.add_metric([str(each or "") for each in labels], count)
    return family

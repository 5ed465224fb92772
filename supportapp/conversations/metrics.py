"""What Prometheus is told about turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from supportapp.conversations.models import Turn

WINDOW = timedelta(hours=1)


def collect() -> Iterator[Metric]:
    """Yield how many turns run now, and how those of the last hour ended."""
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

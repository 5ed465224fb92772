"""What Prometheus is told about the outbox."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric

from supportapp.outbox.models import OutboxEvent


def collect() -> Iterator[Metric]:
    """Yield how much waits, is under way, or was given up."""
    family = GaugeMetricFamily("supportapp_outbox_events", "Promised tasks", labels=["state"])
    open_ = OutboxEvent.objects.exclude(state=OutboxEvent.State.DONE).order_by()
    counts = dict(open_.values_list("state").annotate(Count("pk")))
    for state in (each for each in OutboxEvent.State if each != OutboxEvent.State.DONE):
        family.add_metric([state.value], counts.get(state.value, 0))
    yield family

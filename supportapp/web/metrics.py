"""/metrics in Prometheus' format, for who knows METRICS_TOKEN.

Nothing is counted in memory: each collector that METRICS names reads rows, so it makes no
difference which process is asked, and a restart loses nothing.
"""

import secrets
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector


class Rooms(Collector):
    """Every room's metrics."""

    def collect(self) -> Iterator[Metric]:
        """Ask one room after another."""
        for path in settings.METRICS:
            yield from import_string(path)()


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Tell the counts; without METRICS_TOKEN there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _knows_token(request.headers.get("Authorization", "")):
        response = HttpResponse("A token is needed.\n", status=401, content_type="text/plain")
        response["WWW-Authenticate"] = "Bearer"
        return response
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Rooms())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _knows_token(given: str) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return secrets.compare_digest(given.encode(), expected.encode())

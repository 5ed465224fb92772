"""/healthz: this process answers. /readyz: can it do its work, and what can't?

Each check is a function without arguments that returns "" or what is wrong. Without the database
or the index no question can be answered (503); without the worker answers go on, and embedding
and feedback wait in the outbox ("degraded", 200).
"""

import logging

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
DATABASE_AWAY = "the database can't be reached"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say what works and what doesn't."""
    faults = {name: _fault(path) for name, path in settings.READINESS_CHECKS.items()}
    blocking = [name for name in settings.READINESS_REQUIRED if faults[name]]
    status = "unavailable" if blocking else "degraded" if any(faults.values()) else "ok"
    if status != "ok":
        broken = [name for name, fault in faults.items() if fault]
        logger.warning("health.not_ready", extra={"fields": {"status": status, "checks": broken}})
    checks = {name: {"ok": not fault, "detail": fault} for name, fault in faults.items()}
    return JsonResponse({"status": status, "checks": checks}, status=503 if blocking else 200)


def _fault(path: str) -> str:
    """Run one check. Those that need the database say so when it is what's missing."""
    try:
        return str(import_string(path)())
    except DatabaseError:
        return DATABASE_AWAY


def database() -> str:
    """Return "" where the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""

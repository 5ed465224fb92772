"""A request id, headers that every response has, and one log line without customers' text."""

import logging
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

logger = logging.getLogger("supportapp.requests")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class RequestMiddleware:
    """Number each request, refuse odd methods, forbid storing pages, log id, status and time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:16]
        request.request_id = request_id  # type: ignore[attr-defined]
        started = time.monotonic()
        response: HttpResponseBase
        if request.method in METHODS:
            response = self.get_response(request)
        else:
            response = HttpResponseNotAllowed(METHODS)
        response["X-Request-ID"] = request_id
        response.setdefault("Permissions-Policy", PERMISSIONS)
        if isinstance(response, HttpResponse):
            response.setdefault("Cache-Control", "no-store")
        self._log(request, response, request_id, time.monotonic() - started)
        return response

    def _log(
        self, request: HttpRequest, response: HttpResponseBase, request_id: str, seconds: float
    ) -> None:
        # The route's pattern, not the path: paths and queries can hold what customers typed.
        match = request.resolver_match
        fields = {
            "request_id": request_id,
            "method": request.method,
            "status": response.status_code,
            "route": match.route if match else "",
            "ms": round(seconds * 1000, 1),
        }
        logger.info("request", extra={"fields": fields})

"""A request id, headers that every response has, and one log line without customers' text."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import cast

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware

from supportapp.web.requests import HtmxRequest

logger = logging.getLogger("supportapp.requests")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Pages set their own Cache-Control and policy; these are for all that doesn't: refusals, files.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "script-src 'none'; object-src 'none'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


class RequestMiddleware:
    """Number each request, refuse odd methods and hosts, forbid storing pages, log what came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:16]
        cast(HtmxRequest, request).request_id = request_id
        started = time.monotonic()
        response = self._refusal(request) or self.get_response(request)
        response["X-Request-ID"] = request_id
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        _log(request, response, request_id, time.monotonic() - started)
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponseBase | None:
        """Refuse before any other code sees the request; nothing is rendered for a wrong host."""
        if request.method not in METHODS:
            return self.security.process_response(request, HttpResponseNotAllowed(METHODS))
        try:
            request.get_host()
        except DisallowedHost:
            response = HttpResponse("Bad request: unknown host.\n", "text/plain", status=400)
            return self.security.process_response(request, response)
        return None


def _log(request: HttpRequest, response: HttpResponseBase, request_id: str, seconds: float) -> None:
    # The route's pattern, not the path: paths and queries can hold what customers typed.
    match = request.resolver_match
    fields = {
        "request_id": request_id,
        "method": request.method if request.method in METHODS else "other",
        "status": response.status_code,
        "route": match.route if match else "",
        "ms": round(seconds * 1000, 1),
    }
    logger.info("request", extra={"fields": fields})

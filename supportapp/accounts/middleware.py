"""Staff whose second factor is missing, or who left their desk, go to the log-in first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from supportapp.accounts import second_factor
from supportapp.web.requests import HtmxRequest

OPEN = {
    *("admin:login", "admin:logout", "accounts:second_factor", "accounts:codes"),
    *("web:healthz", "web:readyz", "web:metrics", "web:about_ai", "web:favicon", "web:robots"),
}
SEEN = "staff_seen_at"
EVERY_SECONDS = 60


class StaffDoorMiddleware:
    """After `OTPMiddleware`. Customers, signed in or not, aren't concerned."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Stop a request before its view where it may not go on."""
        match = request.resolver_match
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or match is None:
            return None
        if match.view_name in OPEN or not is_colleague(request.user):
            return None
        if _was_away(request):
            logout(request)
            return _send(request, redirect_to_login(_page(request)).url)
        if needs_code(cast(User, request.user)):
            query = urlencode({"next": _page(request)})
            return _send(request, f"{reverse('accounts:second_factor')}?{query}")
        return None


def is_colleague(user: Any) -> bool:
    """Say whether an account may do anything that a customer may not."""
    return isinstance(user, User) and (user.is_staff or bool(user.get_all_permissions()))


def needs_code(user: User) -> bool:
    """Say whether the second factor is still to be shown, or to be set up where it must be."""
    if settings.STAFF_SECOND_FACTOR == "off" or user.is_verified():  # type: ignore[attr-defined] # OTPMiddleware's
        return False
    return settings.STAFF_SECOND_FACTOR == "required" or second_factor.is_set_up(user)


def _was_away(request: HttpRequest) -> bool:
    """Note, once a minute, that somebody is there; say whether nobody was for too long."""
    if not settings.STAFF_IDLE_MINUTES:
        return False
    now = time.time()
    seen = request.session.get(SEEN, now)
    if now - seen > settings.STAFF_IDLE_MINUTES * 60:
        return True
    if seen == now or now - seen > EVERY_SECONDS:
        request.session[SEEN] = now
    return False


def _page(request: HttpRequest) -> str:
    """Return where to go on: a partial's page, not the partial; never what was to be changed."""
    htmx = cast(HtmxRequest, request).htmx
    if htmx:
        return htmx.current_url_abs_path or "/"
    return request.get_full_path() if request.method == "GET" else "/"


def _send(request: HttpRequest, address: str) -> HttpResponseBase:
    if not cast(HtmxRequest, request).htmx:
        return redirect(address)
    response = HttpResponse(status=401)
    response["HX-Redirect"] = address
    return response

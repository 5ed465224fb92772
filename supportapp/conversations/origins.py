"""Refuses sockets that another site's page opens.

The handshake carries the visitor's cookie whoever asks for it, so the Origin must be this very
site (as the CSRF check demands of a form), and the Host one that we serve.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[None]]


class SameOrigin:
    """Lets a socket through where its Origin is our own; absent or foreign ones get a 403."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        allowed = is_own(scope)
        await (self.application if allowed else WebsocketDenier())(scope, receive, send)


def is_own(scope: Mapping[str, Any]) -> bool:
    """Compare the Origin with the Host that was asked for."""
    headers = {name: value.decode("latin-1") for name, value in scope.get("headers", [])}
    host, origin = headers.get(b"host", ""), headers.get(b"origin", "")
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()

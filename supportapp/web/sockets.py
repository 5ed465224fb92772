"""The WebSocket handshake's first check: is it for a host that we serve?

Django's own check never sees sockets.
"""

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

HTTP_RESPONSE = "websocket.http.response"


class AllowedHosts:
    """Refuse a handshake for a host that isn't in ALLOWED_HOSTS: 400, as for pages."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        hosts = [value for name, value in scope.get("headers", []) if name == b"host"]
        host = split_domain_port(hosts[0].decode("latin-1"))[0] if len(hosts) == 1 else ""
        if host and validate_host(host, settings.ALLOWED_HOSTS):
            return await self.application(scope, receive, send)
        if HTTP_RESPONSE not in scope.get("extensions", {}):
            return await WebsocketDenier()(scope, receive, send)
        headers = [(b"content-type", b"text/plain")]
        await send({"type": f"{HTTP_RESPONSE}.start", "status": 400, "headers": headers})
        await send({"type": f"{HTTP_RESPONSE}.body", "body": b"Bad request: unknown host.\n"})
        return None

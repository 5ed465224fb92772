"""HTTP and WebSocket, one application. Sockets from a foreign or absent Origin are refused."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")


def make_application() -> Any:
    """Set Django up; only then can what needs its models be imported."""
    http = get_asgi_application()

    from channels.auth import AuthMiddlewareStack
    from channels.routing import ProtocolTypeRouter, URLRouter

    from supportapp.conversations.lifespan import lifespan
    from supportapp.conversations.origins import SameOrigin
    from supportapp.conversations.routing import websocket_urlpatterns
    from supportapp.web.sockets import AllowedHosts

    sockets = SameOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
    return ProtocolTypeRouter(
        {"http": http, "websocket": AllowedHosts(sockets), "lifespan": lifespan}
    )


application = make_application()

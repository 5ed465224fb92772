"""HTTP and WebSocket, one application. Sockets from a foreign or absent Origin are refused."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (Django must be set up first)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from supportapp.conversations.lifespan import lifespan  # noqa: E402
from supportapp.conversations.origins import SameOrigin  # noqa: E402
from supportapp.conversations.routing import websocket_urlpatterns  # noqa: E402
from supportapp.web.sockets import AllowedHosts  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHosts(
            SameOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
        ),
        "lifespan": lifespan,
    }
)

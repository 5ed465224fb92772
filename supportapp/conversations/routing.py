"""The sockets' addresses; a handshake for any other is refused."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from supportapp.conversations.consumers import ConversationConsumer

websocket_urlpatterns = [
    path("ws/conversations/<uuid:conversation_id>/", ConversationConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),
]

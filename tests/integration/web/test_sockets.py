"""The WebSocket handshake: our own host and our own origin only."""

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from supportapp.asgi import application

pytestmark = pytest.mark.django_db
PATH = "/ws/conversations/22222222-2222-4222-8222-222222222222/"


def answer(
    host: str, origin: str, extensions: dict[str, dict[str, str]], path: str = PATH
) -> dict[str, object]:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope = {
        "type": "websocket",
        "path": path,
        "headers": headers,
        "extensions": extensions,
        "client": ("127.0.0.1", 5000),
        "subprotocols": [],
        "query_string": b"",
    }

    async def ask() -> dict[str, object]:
        communicator = ApplicationCommunicator(application, scope)
        await communicator.send_input({"type": "websocket.connect"})
        said = await communicator.receive_output(5)
        communicator.stop(exceptions=False)
        return said

    return async_to_sync(ask)()


def test_a_host_that_we_do_not_serve_is_refused_with_400():
    said = answer("evil.test", "http://evil.test", {"websocket.http.response": {}})
    assert (said["type"], said["status"]) == ("websocket.http.response.start", 400)


def test_a_server_without_that_extension_refuses_too():
    assert answer("evil.test", "http://evil.test", {})["type"] == "websocket.close"


def test_a_foreign_or_absent_origin_is_refused():
    assert answer("localhost", "http://evil.test", {})["type"] == "websocket.close"
    assert answer("localhost", "", {})["type"] == "websocket.close"
    assert answer("localhost", "null", {})["type"] == "websocket.close"


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/ws/conversations/7/", f"{PATH}more/"])
def test_an_unknown_address_is_refused_quietly(path: str):
    assert answer("localhost", "http://localhost", {}, path)["type"] == "websocket.close"

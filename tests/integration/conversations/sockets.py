"""A page's side of a socket, for tests: connects as a visitor, speaks frames."""

import asyncio
import json
import uuid
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from supportapp.asgi import application
from supportapp.conversations import visitors
from supportapp.conversations.models import Conversation

HOST = "testserver"
FINAL = {"answered", "failed", "cancelled", "interrupted"}


class Socket(ApplicationCommunicator):
    """A WebSocket as the server sees it. (Channels' own test client needs another server.)"""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": path, "headers": headers, "subprotocols": []}
        super().__init__(application, scope | {"query_string": b"", "client": ("127.0.0.1", 4)})

    async def connect(self) -> bool:
        """Shake hands; False where the server refuses."""
        await self.send_input({"type": "websocket.connect"})
        reply = await self.receive_output(timeout=5)
        return bool(reply["type"] == "websocket.accept")

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wait(timeout=5)

    async def put(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.send_input({"type": "websocket.receive", "text": text, "bytes": data})


class Page:
    """One tab."""

    def __init__(self, talk: Conversation | uuid.UUID, **changes: str | None) -> None:
        conversation = talk.pk if isinstance(talk, Conversation) else talk
        owner = talk.visitor if isinstance(talk, Conversation) else uuid.uuid4()
        headers: dict[str, str | None] = {
            "host": HOST,
            "origin": f"http://{HOST}",
            "cookie": f"{settings.VISITOR_COOKIE_NAME}={visitors.sign(owner)}",
        }
        headers |= changes
        self.socket = Socket(
            f"/ws/conversations/{conversation}/",
            headers=[(name.encode(), value.encode()) for name, value in headers.items() if value],
        )

    async def __aenter__(self) -> "Page":
        assert await self.socket.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.disconnect()

    async def send(self, **frame: Any) -> None:
        await self.socket.put(json.dumps(frame, default=str))

    async def ask(self, text: str, client_id: uuid.UUID | None = None, **more: Any) -> None:
        await self.send(type="ask", client_id=client_id or uuid.uuid4(), text=text, **more)

    async def get(self, seconds: float = 5.0) -> dict[str, Any]:
        sent = await self.socket.receive_output(timeout=seconds)
        assert sent["type"] == "websocket.send", sent
        frame: dict[str, Any] = json.loads(sent["text"])
        return frame

    async def until(self, kind: str, seconds: float = 10.0, **wanted: Any) -> list[dict[str, Any]]:
        """Take frames up to the first of a kind that has these values."""
        frames: list[dict[str, Any]] = []
        async with asyncio.timeout(seconds):
            while True:
                frames.append(await self.get(seconds))
                last = frames[-1]
                if last["type"] == kind and all(last.get(k) == v for k, v in wanted.items()):
                    return frames

    async def until_over(self, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Take frames up to the whole turn in a final state."""
        frames: list[dict[str, Any]] = []
        while not frames or frames[-1]["type"] != "turn" or frames[-1]["state"] not in FINAL:
            frames.append(await self.get(seconds))
            assert frames[-1]["type"] != "error", frames[-1]
        return frames


def text_of(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["text"] for frame in frames if frame["type"] == "token")


def numbers_of(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in frames if "seq" in frame]

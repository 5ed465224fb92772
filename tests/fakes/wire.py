"""HTTP/1.1 by hand for the fake model server, because a server library won't misbehave."""

import asyncio
import contextlib
import json
from typing import Any

from tests.fakes.replies import RecordedRequest


class HungUp(Exception):
    """The client left before it had its answer."""


class Connection:
    """One client's connection. Every wait notices when the client hangs up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._chunked = True
        self.slow: float | None = None

    async def request(self) -> RecordedRequest | None:
        """The next request, or None when the client is done."""
        self.slow = None
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if not headers.get("content-type", "application/json").startswith("application/json"):
            return RecordedRequest(method, path, headers, raw=body)
        return RecordedRequest(method, path, headers, json.loads(body) if body else {})

    async def pause(self, seconds: float) -> None:
        """Wait, or raise `HungUp` as soon as the client closes the connection."""
        if seconds <= 0:
            await self._check()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if not await self._reader.read(1):
                    raise HungUp
                raise AssertionError("the client sent a second request before its answer")

    async def _check(self) -> None:
        # Lets the loop read what has come in: the client's good-bye, if there is one.
        await asyncio.sleep(0)
        if self._reader.at_eof():
            raise HungUp

    async def _write(self, data: bytes) -> None:
        if self.slow is None:
            self._writer.write(data)
        else:
            for byte in data:
                await self.pause(self.slow)
                self._writer.write(bytes([byte]))
        await self._writer.drain()

    async def send(
        self, status: int, kind: str, body: bytes, *, retry_after: float | None = None
    ) -> None:
        """A whole reply."""
        extra = "" if retry_after is None else f"Retry-After: {retry_after:g}\r\n"
        head = f"HTTP/1.1 {status} Fake\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        await self._write(f"{head}{extra}\r\n".encode() + body)

    async def json(self, status: int, body: Any, *, retry_after: float | None = None) -> None:
        """A whole JSON reply."""
        data = json.dumps(body).encode()
        await self.send(status, "application/json", data, retry_after=retry_after)

    async def page(self, status: int, html: str) -> None:
        """A web page, as a proxy sends one."""
        await self.send(status, "text/html", html.encode())

    async def drip(self, body: bytes, seconds: float) -> None:
        """A whole JSON reply, byte by byte after its head."""
        head = f"HTTP/1.1 200 Fake\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        await self._write(f"{head}\r\n\r\n".encode())
        self.slow = seconds
        await self._write(body)

    async def break_off(self, body: bytes, *, promised: int) -> None:
        """Less than was promised; the caller closes the connection."""
        head = f"HTTP/1.1 200 Fake\r\nContent-Type: application/json\r\nContent-Length: {promised}"
        await self._write(f"{head}\r\n\r\n".encode() + body)

    async def begin_events(self, *, chunked: bool) -> None:
        """The head of an event stream; unchunked, its end is the connection's end."""
        self._chunked = chunked
        ending = "Transfer-Encoding: chunked" if chunked else "Connection: close"
        head = f"HTTP/1.1 200 Fake\r\nContent-Type: text/event-stream\r\n{ending}\r\n\r\n"
        await self._write(head.encode())

    async def event(self, data: dict[str, Any]) -> None:
        """One event."""
        await self.raw_event(json.dumps(data))

    async def raw_event(self, data: str) -> None:
        """One event, whatever it holds."""
        await self._check()
        await self._body_part(f"data: {data}\n\n".encode())

    async def end_events(self) -> None:
        """The good end of an event stream."""
        await self._body_part(b"data: [DONE]\n\n")
        if self._chunked:
            await self._write(b"0\r\n\r\n")

    async def _body_part(self, data: bytes) -> None:
        await self._write(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

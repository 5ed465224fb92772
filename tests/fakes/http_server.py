"""A small real HTTP server for tests: a function answers each request, and all are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpReply:
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def reply(body: str, status: int = 200, **headers: str) -> HttpReply:
    """Return an answer; JSON unless a header says otherwise."""
    headers.setdefault("Content_Type", "application/json")
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpReply(body.encode(), status, named)


class HttpServer:
    """Use it with `with`. A function that returns None leaves its client waiting."""

    def __init__(self, answer: Callable[[HttpRequest], HttpReply | None]) -> None:
        self.answer = answer
        self.requests: list[HttpRequest] = []
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = HttpRequest(self.command, self.path, headers, self.rfile.read(size))
                server.requests.append(request)
                given = server.answer(request)
                if given is None:
                    server._closing.wait(5)
                    return
                self.send_response(given.status)
                for name, value in given.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(given.body)))
                self.end_headers()
                try:
                    self.wfile.write(given.body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        return Handler

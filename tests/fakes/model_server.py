"""A real HTTP server that behaves like a model server, well or badly, as it is told.

It speaks `/v1/chat/completions` (streamed or not), `/v1/embeddings`, `/v1/rerank`,
`/v1/moderations`, `/v1/models`, `/v1/files` and `/v1/fine_tuning/jobs` (fine_tuning.py).
Unscripted it quotes the first numbered passage of the prompt
("[1] …" or `<passage number="1">…</passage>`), sends a message that it shall rewrite back as it is,
replies to a JSON schema with the smallest object that fits it, and embeds by hashed word counts.

    with ModelServer() as server:
        server.say("Hold the reset button").cut_after(tokens=2)
        server.fault("429", retry_after=90).once()
        server.when("refund").fault("stall", after=3)
        server.rewrite("Is the Plus plan refunded?")
        server.call("get_order_status", order="A-1")  # then answers as ever, from the results
        ...
        assert "passage" in server.requests[-1].prompt
        assert server.wait_for_aborted(1)

For browser and manual tests:

    python -m tests.fakes.model_server --port 8123 --delay 0.05 --script scenes.json

where the file is a list such as [{"when": "#cut", "fault": "cut", "after": 3, "delay": 0.1},
{"when": "hello", "say": "Good day."}]: `when` is looked for in the last message, so that one
server plays many scenes; {"when": "order", "call": {"get_order_status": {"order": "A-1"}}} calls
a tool. `on` chooses the door: chat (default), rewrite (a chat that makes a
message stand alone), embeddings, rerank, moderations or models.
"""

import argparse
import asyncio
import contextlib
import json
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fakes import replies
from tests.fakes.fine_tuning import Tuning
from tests.fakes.replies import Door, RecordedRequest, Reply
from tests.fakes.wire import Connection, HungUp

PAGE = "<!doctype html><title>502</title><h1>Bad gateway</h1>"


class ModelServer:
    """Start it with `with` or `start()`. Everything else may be called from any thread."""

    def __init__(self, *, port: int = 0, delay: float = 0.0, dimension: int = 64) -> None:
        self.requests: list[RecordedRequest] = []
        self.aborted = 0
        self.port = port
        self.delay = delay
        self.dimension = dimension
        self.tuning = Tuning()
        self._replies: list[Reply] = []
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="fake-model-server", daemon=True)

    # The script

    def say(self, text: str) -> Reply:
        """Answer every chat from now on with this text."""
        return self._add(Reply(text=text))

    def rewrite(self, text: str) -> Reply:
        """Rewrite every message from now on to this text."""
        return self._add(Reply(door="rewrite", text=text))

    def call(self, tool: str, **arguments: Any) -> Reply:
        """Call this tool from now on, whenever a request brings no results yet."""
        return self._add(Reply()).call(tool, **arguments)

    def obey(self, *attacks: str, anywhere: bool = False) -> Reply:
        """Obey from now on whatever instruction stands unquoted in a prompt (or anywhere)."""
        return self._add(Reply().obey(*attacks, anywhere=anywhere))

    def fault(self, name: str, *, on: Door | None = None, **details: Any) -> Reply:
        """Misbehave from now on; `.once()` or `.times(n)` limits it."""
        door: Door = "embeddings" if name in replies.VECTOR_FAULTS else "chat"
        return self._add(Reply(door=on or door).fault(name, **details))

    def when(self, marker: str, *, on: Door = "chat") -> Reply:
        """Script requests whose last message contains the marker; these go before all others."""
        return self._add(Reply(door=on, marker=marker))

    def reset(self) -> None:
        """Forget scripts, requests and counts."""
        with self._lock:
            self._replies.clear()
            self.requests.clear()
            self.tuning = Tuning()
            self.aborted = 0

    def load(self, path: Path) -> None:
        """Read a script file; see the module's description."""
        for scene in json.loads(path.read_text("utf-8")):
            self._add(replies.from_scene(scene))

    def _add(self, reply: Reply) -> Reply:
        with self._lock:
            self._replies.append(reply)
        return reply

    def _choose(self, door: Door, request: RecordedRequest) -> Reply:
        """Marked scripts first, then limited ones in order, then the newest standing one."""
        with self._lock:
            self.requests.append(request)
            fit = [reply for reply in self._replies if reply.door == door and reply.left != 0]
            marked = [reply for reply in fit if reply.marker and reply.marker in request.question]
            plain = [reply for reply in fit if reply.marker is None]
            limited = [reply for reply in plain if reply.left is not None]
            chosen = [*marked, *limited, *reversed(plain), Reply(door=door)][0]
            if chosen.left is not None:
                chosen.left -= 1
            return chosen

    # What happened

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def chats(self) -> list[RecordedRequest]:
        """The chat requests so far, but for those that rewrite, suggest or name."""
        return [
            request
            for request in self.requests
            if replies.door_of(request.path) == "chat" and replies.aside(request) is None
        ]

    def rewrites(self) -> list[RecordedRequest]:
        """The requests so far to make a message stand alone."""
        return [request for request in self.requests if replies.is_rewriting(request)]

    def wait_for_aborted(self, count: int, seconds: float = 5.0) -> bool:
        """Whether so many clients hung up within the time."""
        end = time.monotonic() + seconds
        while self.aborted < count and time.monotonic() < end:
            time.sleep(0.005)
        return self.aborted >= count

    # Life

    def start(self) -> "ModelServer":
        self._thread.start()
        if not self._ready.wait(5):
            raise RuntimeError(f"The fake model server could not listen on port {self.port}")
        return self

    def stop(self) -> None:
        """Close everything; stopping twice is allowed."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(5)

    def __enter__(self) -> "ModelServer":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            connection = Connection(reader, writer)
            while (request := await connection.request()) and await self._answer(
                connection, request
            ):
                pass
        except (HungUp, ConnectionError):
            with self._lock:
                self.aborted += 1
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    # Replies

    async def _answer(self, connection: Connection, request: RecordedRequest) -> bool:
        """Serve one request; whether the connection may serve another."""
        door = replies.door_of(request.path)
        if door is None:
            await connection.json(404, {"error": {"message": "no such address"}})
            return True
        reply = self._choose(replies.aside(request) or door, request)
        await connection.pause(reply.first_pause)
        if reply.name == "hang":
            await connection.pause(3600)
        if status := replies.STATUS_FAULTS.get(reply.name or ""):
            await connection.json(status, replies.error_body(status), retry_after=reply.retry_after)
            return True
        if reply.name == "html":
            await connection.page(200, PAGE)
            return True
        if refused := replies.refusal(reply.name, request.body):
            await connection.json(400, refused)
            return True
        if door == "chat" and request.body.get("stream"):
            return await self._stream(connection, request, reply)
        told = {}
        if door in {"files", "fine_tuning"}:
            with self._lock:
                status, told = self.tuning.handle(request)
            if status != 200:
                await connection.json(status, told)
                return True
        body = json.dumps(told or self._body(door, request, reply)).encode()
        if reply.name == "drip":
            await connection.drip(body, reply.pause or 0.05)
        elif reply.name == "cut":
            await connection.break_off(body[: len(body) // 2], promised=len(body))
            return False
        elif reply.name == "bad_json":
            await connection.send(200, "application/json", body[:-10])
        else:
            await connection.send(200, "application/json", body)
        return True

    def _body(self, door: Door, request: RecordedRequest, reply: Reply) -> dict[str, Any]:
        if door == "models":
            return {"object": "list", "data": [{"id": replies.MODEL, "object": "model"}]}
        if door == "embeddings":
            rows = replies.vectors(request, reply, self.dimension)
            data = [
                {"object": "embedding", "index": index, "embedding": row}
                for index, row in enumerate(rows)
            ]
            # Out of order, as the protocol allows.
            return {"object": "list", "model": replies.MODEL, "data": data[::-1]}
        if door == "rerank":
            scores = replies.relevance(request.body["query"], request.body["documents"])
            order = sorted(range(len(scores)), key=lambda index: -scores[index])
            return {"results": [{"index": i, "relevance_score": scores[i]} for i in order]}
        if door == "moderations":
            given = request.body.get("input", [])
            judged = replies.moderated([given] if isinstance(given, str) else given)
            return {"id": "modr-fake", "model": replies.MODEL, "results": judged}
        calls = replies.tool_calls(request, reply)
        text = "" if reply.name == "empty" or calls else replies.answer(request, reply)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if calls:
            message |= {"content": None, "tool_calls": calls}
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": "tool_calls" if calls else "stop",
        }
        return {
            **replies.chunk(),
            "object": "chat.completion",
            "choices": [choice],
            **replies.usage(request, text),
        }

    async def _stream(self, connection: Connection, request: RecordedRequest, reply: Reply) -> bool:
        calls = replies.tool_calls(request, reply)
        text = "" if reply.name == "empty" or calls else replies.answer(request, reply)
        await connection.begin_events(chunked=reply.name != "close")
        if reply.name == "drip":
            connection.slow = reply.pause or 0.05
        if reply.name != "empty":
            await connection.event(replies.chunk(delta={"role": "assistant", "content": ""}))
        said = [{"content": token} for token in replies.tokens(text)]
        said += [{"tool_calls": [part]} for call in calls for part in replies.fragments(call)]
        for number, delta in enumerate(said):
            if await self._misbehave(connection, reply, number):
                return False
            await connection.pause(self.delay if reply.pause is None else reply.pause)
            await connection.event(replies.chunk(delta=delta))
        if await self._misbehave(connection, reply, None):
            return False
        if reply.name not in {"no_finish", "empty"}:
            whole = "tool_calls" if calls else "stop"
            reason = "length" if reply.name in {"length", "over_long"} else whole
            await connection.event(replies.chunk(delta={}, finish_reason=reason))
        if reply.name == "no_done":
            await connection.pause(3600)
        if (request.body.get("stream_options") or {}).get("include_usage"):
            await connection.event(
                {**replies.chunk(), "choices": [], **replies.usage(request, text)}
            )
        await connection.end_events()
        return True

    async def _misbehave(self, connection: Connection, reply: Reply, number: int | None) -> bool:
        """Play a fault that is due at this token (None: the last has been sent)."""
        due = number is None or number >= reply.after
        if not due or reply.name not in {"stall", "cut", "close", "bad_json", "error_event"}:
            return False
        if reply.name == "stall":
            await connection.pause(3600)
        elif reply.name == "bad_json":
            await connection.raw_event('{"id": "x", "choices": [{"delta": {"content": "brok')
        elif reply.name == "error_event":
            await connection.event({"error": {"message": "overloaded", "type": "server_error"}})
        return True


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A fake model server for tests by hand")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before each token")
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--script", type=Path, help="JSON file of scenes")
    options = parser.parse_args()
    server = ModelServer(port=options.port, delay=options.delay, dimension=options.dimension)
    if options.script:
        server.load(options.script)
    with server, contextlib.suppress(KeyboardInterrupt):
        print(f"OPENAI_BASE_URL={server.base_url}", flush=True)  # noqa: T201
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()

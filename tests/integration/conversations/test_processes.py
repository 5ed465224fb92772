"""Several web processes, real sockets, real signals: who may die, and what is left."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from supportapp.conversations import visitors
from supportapp.embedded.leases import Lease
from tests.browser.live_site import Database, LiveSite
from tests.fakes.model_server import ModelServer

QUESTION = "How do I cancel my plan?"
LONG = "Open Billing, " + "then wait " * 60 + "[1]."
MEGABYTE = 1_048_576
STATE = "SELECT state FROM conversations_turn WHERE id = %s"


@pytest.fixture(scope="module")
def database(services: Lease, tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(services, "process_tests", tmp_path_factory.mktemp("processes"))


@pytest.fixture(scope="module")
def slow_model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model(slow_model: ModelServer) -> ModelServer:
    slow_model.reset()
    slow_model.say(LONG).delay(0.05)
    return slow_model


def serve(database: Database, model: ModelServer, **more: str) -> LiveSite:
    # Every test asks the same question, and wants the model to write.
    address = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k", "CACHE_ON": "0"}
    return LiveSite(database, worker=False, **address, **more)


@pytest.fixture(scope="module")
def first(database: Database, slow_model: ModelServer) -> Iterator[LiveSite]:
    # One test needs an answer that is longer than sockets hold.
    with serve(database, slow_model, ANSWERING_MAX_TOKENS="50000") as site:
        yield site


@pytest.fixture
def second(database: Database, slow_model: ModelServer) -> Iterator[LiveSite]:
    """A second process, which the test may kill."""
    with serve(database, slow_model, TURN_DRAIN_SECONDS="1") as site:
        yield site


@pytest.fixture
def talk(database: Database) -> tuple[uuid.UUID, uuid.UUID]:
    """A conversation and its visitor."""
    conversation, visitor = uuid.uuid4(), uuid.uuid4()
    with psycopg.connect(database.url) as connection:
        connection.execute(
            "INSERT INTO conversations_conversation"
            " (id, workspace_id, visitor, title, language, created_at, updated_at)"
            " SELECT %s, min(id), %s, '', '', now(), now() FROM knowledge_workspace",
            (conversation, visitor),
        )
    return conversation, visitor


@contextmanager
def tab(
    site: LiveSite, talk: tuple[uuid.UUID, uuid.UUID], **options: Any
) -> Iterator[ClientConnection]:
    conversation, visitor = talk
    place = urlsplit(site.url).netloc
    with connect(
        f"ws://{place}/ws/conversations/{conversation}/",
        origin=f"http://{place}",  # type: ignore[arg-type]
        additional_headers={"Cookie": f"{settings.VISITOR_COOKIE_NAME}={visitors.sign(visitor)}"},
        **options,
    ) as socket:
        yield socket


def put(socket: ClientConnection, **frame: Any) -> None:
    socket.send(json.dumps(frame, default=str))


def ask(socket: ClientConnection) -> dict[str, Any]:
    """Ask, and take frames up to the first token."""
    put(socket, type="ask", client_id=uuid.uuid4(), text=QUESTION)
    return until(socket, "token")[-1]


def until(socket: ClientConnection, kind: str, **wanted: Any) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    while True:
        frame = json.loads(socket.recv(timeout=20))
        assert frame["type"] != "error", frame
        frames.append(frame)
        if frame["type"] == kind and all(frame.get(name) == wanted[name] for name in wanted):
            return frames


def text_of(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["text"] for frame in frames if frame["type"] == "token")


def test_a_turn_is_followed_from_another_process(
    first: LiveSite, second: LiveSite, talk: Any, model: ModelServer
) -> None:
    with tab(first, talk) as mine, tab(second, talk) as theirs:
        token = ask(mine)
        put(theirs, type="follow", turn=token["turn"], after=0)
        seen = until(theirs, "turn", state="answered")
    assert text_of(seen).strip() == LONG
    numbers = [frame["seq"] for frame in seen if "seq" in frame]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_turn_is_stopped_from_another_process(
    first: LiveSite, second: LiveSite, talk: Any, model: ModelServer
) -> None:
    with tab(first, talk) as mine, tab(second, talk) as theirs:
        token = ask(mine)
        put(theirs, type="stop", turn=token["turn"])
        assert model.wait_for_aborted(1, seconds=3)
        assert until(mine, "turn")[-1]["state"] == "cancelled"


def test_a_killed_process_leaves_an_interrupted_turn_that_can_be_asked_again(
    first: LiveSite, second: LiveSite, talk: Any, model: ModelServer, database: Database
) -> None:
    with tab(first, talk) as mine:
        with tab(second, talk) as theirs:
            token = ask(theirs)
            put(mine, type="follow", turn=token["turn"], after=0)
            until(mine, "token")
            second.web.kill()
        over = until(mine, "turn")[-1]
        assert over["state"] == "interrupted"
        assert QUESTION in over["html"]
        put(
            mine,
            type="ask",
            client_id=uuid.uuid4(),
            text=QUESTION,
            supersedes=token["turn"],
            cause="regenerate",
        )
        assert until(mine, "turn", state="answered")[-1]["replaces"] == token["turn"]
    assert database.value(STATE, token["turn"]) == "interrupted"


def test_a_process_that_ends_in_order_marks_its_turns(
    second: LiveSite, talk: Any, model: ModelServer, database: Database
) -> None:
    model.reset()
    model.say(LONG).delay(0.3)
    with tab(second, talk) as mine:
        token = ask(mine)
    second.web.stop()
    assert database.value(STATE, token["turn"]) == "interrupted"
    kept = database.value("SELECT answer FROM conversations_turn WHERE id = %s", token["turn"])
    assert str(kept).startswith("Open Billing,")
    assert model.wait_for_aborted(1, seconds=3)


def test_a_short_answer_is_finished_before_the_process_ends(
    second: LiveSite, talk: Any, model: ModelServer, database: Database
) -> None:
    model.reset()
    model.say("Open Billing and choose Cancel plan [1].").delay(0.08)
    with tab(second, talk) as mine:
        token = ask(mine)
    second.web.stop()
    assert database.value(STATE, token["turn"]) == "answered"


def test_a_client_that_never_reads_costs_no_memory(
    first: LiveSite, talk: Any, model: ModelServer
) -> None:
    model.reset()
    model.say("word " * 40_000 + "[1].")
    with tab(first, talk) as reader:
        token = ask(reader)
        until(reader, "turn", state="answered")
    before = memory(first)
    with tab(first, talk, max_queue=1, ping_interval=None, close_timeout=0.1) as deaf:
        # Each of these is answered with more than 200 kB, which nobody takes.
        flood = threading.Thread(target=ask_and_never_read, args=(deaf, token["turn"]), daemon=True)
        flood.start()
        flood.join(4)
        assert flood.is_alive(), "the server took everything"
        grown = memory(first) - before
        with tab(first, talk) as other:
            put(other, type="ping")
            assert json.loads(other.recv(timeout=5)) == {"type": "pong"}
    assert grown < 20 * MEGABYTE


def ask_and_never_read(socket: ClientConnection, turn: str) -> None:
    """Ask for the same turn until the server takes no more; then the send blocks."""
    with suppress(ConnectionClosed):
        while True:
            put(socket, type="follow", turn=turn, after=0)


def memory(site: LiveSite) -> int:
    """Bytes that the web process holds."""
    assert site.web.process is not None
    lines = Path(f"/proc/{site.web.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

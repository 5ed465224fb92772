"""The real thing on a free port: uvicorn and a Celery worker as processes of their own."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import psycopg

from supportapp.embedded import children, places, ports, processes
from supportapp.embedded.leases import Lease

READY_WITHIN = 90.0


class Program:
    """One process of the site, which tests may kill and start again."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.environment = environment
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it ends with the test run, however that ends."""
        self.process = processes.start(
            processes.Launch(
                command=self.command,
                folder=places.PROJECT,
                log=self.log,
                death_signal=signal.SIGTERM,
                environment=self.environment,
            )
        )

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """As by a power cut: nothing is tidied up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Database:
    """A database of the site's own, with the sample help centre in it."""

    def __init__(self, services: Lease, name: str, folder: Path) -> None:
        self.url = services.addresses.database_url.rsplit("/", 1)[0] + f"/{name}"
        self.redis_url = services.addresses.redis_url.rsplit("/", 1)[0] + "/7"
        self.folder = folder
        with psycopg.connect(services.addresses.database_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        prepared = subprocess.run(
            [sys.executable, "-m", "supportapp.embedded.preparation"],
            cwd=places.PROJECT,
            env={**os.environ, **self.environment},
            check=False,
            capture_output=True,
            text=True,
        )
        if prepared.returncode:
            raise AssertionError(f"The database can't be prepared: {prepared.stderr[-3000:]}")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SUPPORTAPP_ENV": "test",
            "DATABASE_URL": self.url,
            "REDIS_URL": self.redis_url,
            "DATA_DIR": str(self.folder),
            "RATE_ASK_ADDRESS": "2000/minute",
            "RATE_WRITE_VISITOR": "600/minute",
            "RATE_PERSON_ADDRESS": "600/minute",
            "TURN_STALE_SECONDS": "4",
        }

    def value(self, query: str, *parameters: object) -> object:
        """Return the first value of a query."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query, parameters).fetchone()  # type: ignore[call-overload]
            return row[0] if row else None

    def wait_for(self, query: str, *parameters: object, seconds: float = 10.0) -> object:
        """Return the first true value of a query within the time, else the last one."""
        end = time.monotonic() + seconds
        while not (found := self.value(query, *parameters)) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    @property
    def staff_login(self) -> dict[str, str]:
        """The user name and password that the preparation made."""
        from supportapp.embedded.access import staff_login_file

        lines = staff_login_file(self.folder).read_text().splitlines()
        return dict(line.split(": ", 1) for line in lines)


class LiveSite:
    """A web server (and, if asked, a worker) on a database."""

    def __init__(self, database: Database, *, worker: bool, **environment: str) -> None:
        self.database = database
        self.port = ports.any_free()
        settings = {**database.environment, **environment}
        logs = database.folder
        self.web = Program(children.web(self.port).command, settings, logs / f"{self.port}.log")
        self.worker = Program(
            children.worker(database.folder).command, settings, logs / "worker.log"
        )
        self.programs = [self.web, *([self.worker] if worker else [])]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "LiveSite":
        with ExitStack() as stack:
            stack.callback(self.stop)
            for program in self.programs:
                program.start()
            self.wait_until_ready()
            stack.pop_all()
        return self

    def stop(self) -> None:
        for program in self.programs:
            program.stop()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while self._status("/healthz") != http.client.OK:
            if self.web.has_ended or time.monotonic() > end:
                raise AssertionError(f"The site doesn't start: {self.web.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def _status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

"""`make run`: everything that the product needs, in one terminal, until Ctrl-C."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from supportapp.embedded import children, console, leases, places, ports, variables
from supportapp.embedded.access import staff_login_file
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.freshness import Freshness

DEFAULT_PORT = 8000
STARTED_WITHIN = 60.0


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


@dataclass(frozen=True)
class Port:
    """Where to listen, and whether somebody chose it."""

    number: int
    chosen: bool

    @classmethod
    def from_environment(cls) -> "Port":
        """Read PORT; raises EmbeddedError on anything but a port number."""
        text = os.environ.get("PORT", "").strip()
        if not text:
            return cls(DEFAULT_PORT, chosen=False)
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise EmbeddedError(f"PORT must be a number from 1 to 65535, not {text!r}.")
        return cls(int(text), chosen=True)

    def free(self) -> int:
        """Return a port to listen on; raises EmbeddedError where the chosen one is taken."""
        if ports.is_free(self.number):
            return self.number
        if ports.is_forbidden(self.number):
            raise EmbeddedError(
                f"Port {self.number} is not for this user; the low ports are often for root alone. "
                "Choose one from 1024 on: make run PORT=…"
            )
        if self.chosen:
            raise EmbeddedError(
                f"Port {self.number} is taken by another program. Choose another: make run PORT=…"
            )
        found = ports.next_free(self.number + 1)
        if found is None:
            raise EmbeddedError("No free port found near 8000. Choose one: make run PORT=…")
        console.note(f"Port {self.number} is taken by another program; using {found} instead")
        return found


class Supervisor:
    """Starts the parts in order, restarts those that die, stops them in reverse."""

    def __init__(self, data: Path, port: Port) -> None:
        """Find the folders. Nothing runs yet."""
        self.home = places.find(data)
        self.port = port
        self.stops = 0
        self.children: list[children.Child] = []
        self.services: leases.Lease | None = None

    def run(self) -> int:
        """Run until asked to stop. Return the exit code."""
        lock = self.home.lock("supervisor")
        if not lock.acquire(timeout=0):
            address = lock.path.read_text().strip() or "(it is still starting)"
            console.fault(f"supportapp runs already: {address}")
            return 1
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._asked_to_stop)
        try:
            lock.write("")
            address = self._start()
            lock.write(address)
            self._watch()
        except EmbeddedError as error:
            console.fault(str(error))
            return 1
        except Stopped:
            pass
        finally:
            self._stop()
        return 0

    def _start(self) -> str:
        children.end_strays(self.home.data)
        port = self.port.free()
        rotate(self.home.logs)
        self._check_stop()
        self.services = leases.lease(self.home.data)
        console.step("Postgres and Valkey run" + self._where())
        self._prepare()
        environment = self._environment()
        for program in (children.web(port), children.worker(self.home.data)):
            child = children.Child(program, environment, self.home.logs)
            self.children.append(child)
            child.start()
        self._wait_until_ready(port)
        address = f"http://127.0.0.1:{port}/"
        self._welcome(address)
        return address

    def _where(self) -> str:
        if not self.home.moved:
            return ""
        return (
            f"; their data are in {self.home.servers}, since Postgres won't run as root and no "
            f"other user can enter {self.home.data}"
        )

    def _environment(self) -> dict[str, str]:
        assert self.services is not None
        return {
            **variables(self.services.addresses),
            children.MARK: str(self.home.data),
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare(self) -> None:
        """Tables, staff login and articles, in a process that may be interrupted."""
        assert self.services is not None
        url = self.services.addresses.database_url
        if Freshness.now(url) == Freshness.remembered(url):
            return
        preparing = subprocess.Popen(
            [sys.executable, "-m", "supportapp.embedded.preparation"],
            cwd=places.PROJECT,
            env={"LOG_LEVEL": "WARNING", **os.environ, **self._environment()},
            start_new_session=True,
        )
        while preparing.poll() is None:
            if self.stops:
                preparing.terminate()
                preparing.wait()
            time.sleep(0.05)
        self._check_stop()
        if preparing.returncode != 0:
            raise EmbeddedError("The database couldn't be prepared; see above.")

    def _wait_until_ready(self, port: int) -> None:
        """Wait for /readyz; after a while go on without, naming what isn't ready."""
        deadline = time.monotonic() + STARTED_WITHIN
        status, body = 0, ""
        while status != http.client.OK and time.monotonic() < deadline:
            self._check_stop()
            web = self.children[0]
            if web.exit_code is not None:
                raise EmbeddedError(f"The web server doesn't start. {web.tail()}")
            time.sleep(0.25)
            status, body = ready(port)
        if not status:
            raise EmbeddedError(f"The web server doesn't answer. {self.children[0].tail()}")
        if status != http.client.OK:
            console.note(f"Not everything is ready yet: {missing(body)}")

    def _welcome(self, address: str) -> None:
        login = staff_login_file(self.home.data)
        staff = console.link(f"{address}admin/")
        if login.exists():
            words = dict(line.split(": ", 1) for line in login.read_text().splitlines())
            staff += f"\nuser {words['user']}, password {words['password']}  (kept in {login})"
        answers = "quoted from the articles; for generated answers add a model key:\n" + (
            "OPENAI_API_KEY=… make run   (OPENAI_BASE_URL=… for any compatible server)"
        )
        if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
            answers = "generated by the model you set, quoted where it fails"
        console.table(
            "supportapp is running",
            [
                ("Customers", console.link(address)),
                ("Staff", staff),
                ("Answers", answers),
                ("Logs", str(self.home.logs)),
                ("Stop", "Ctrl-C"),
            ],
        )

    def _watch(self) -> None:
        while not self.stops:
            time.sleep(0.25)
            if not self.home.lock("keeper").is_held():
                self._renew_services()
            for child in self.children:
                if told := child.revive():
                    console.fault(told)

    def _renew_services(self) -> None:
        """Start the servers again after their keeper was killed."""
        assert self.services is not None
        console.fault("Postgres and Valkey ended; starting them again")
        before = self.services.addresses
        self.services.close()
        self.services = leases.lease(self.home.data)
        if self.services.addresses != before:
            for child in self.children:
                child.end(self._in_a_hurry)
                child.environment = self._environment()

    def _stop(self) -> None:
        if self.children or self.services:
            console.note("Stopping…")
        for child in self.children:
            child.end(self._in_a_hurry)
        children.end_strays(self.home.data)
        if self.services:
            self.services.close(wait=90)
            console.step("Stopped")

    def _asked_to_stop(self, *_: object) -> None:
        self.stops += 1

    def _in_a_hurry(self) -> bool:
        """Say whether somebody asked twice."""
        return self.stops > 1

    def _check_stop(self) -> None:
        if self.stops:
            raise Stopped


def ready(port: int) -> tuple[int, str]:
    """Ask /readyz; return its status (0: no answer) and body."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def missing(body: str) -> str:
    """Read from /readyz what isn't ready."""
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return "the web server answers, but not about its state"
    return "; ".join(
        f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]
    )


def rotate(logs: Path) -> None:
    """Start new logs; keep one older set."""
    for log in logs.glob("*.log"):
        if log.stat().st_size:
            log.replace(log.with_suffix(".log.1"))

"""The web server and the worker: how they start, restart when they die, and end."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from supportapp.embedded import places, processes

# Every process started by the supervisor carries this, with the data folder as its value; that is
# how the next start finds what a killed supervisor left, and never hits anybody else's process.
MARK = "SUPPORTAPP_SUPERVISED"
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY_AFTER = 60.0


@dataclass(frozen=True)
class Program:
    """What a child runs and how long it may take to finish its work."""

    name: str
    command: tuple[str, ...]
    patience: float


def web(port: int) -> Program:
    """Return the web server. Its frame limit leaves room for the application's polite error."""
    return Program(
        "web",
        (
            *(sys.executable, "-m", "uvicorn", "supportapp.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--no-access-log", "--no-proxy-headers", "--no-server-header"),
            *("--lifespan", "on", "--log-level", "warning"),
            *("--ws-max-size", "65536", "--ws-max-queue", "8"),
            *("--timeout-graceful-shutdown", "8"),
        ),
        patience=16.0,
    )


def worker(data: Path) -> Program:
    """Return the background worker, which also keeps the clock (beat)."""
    return Program(
        "worker",
        (
            *(sys.executable, "-m", "celery", "--app", "supportapp", "worker", "--beat"),
            *("--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
            *("--schedule", str(data / "beat-schedule")),
            *("--hostname", "worker@localhost", "--without-gossip", "--without-mingle"),
        ),
        patience=20.0,
    )


class Child:
    """One supervised process."""

    def __init__(self, program: Program, environment: Mapping[str, str], logs: Path) -> None:
        """Name it; nothing runs yet."""
        self.program = program
        self.environment = environment
        self.log = logs / f"{program.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = SHORTEST_PAUSE
        self._due = 0.0

    def start(self) -> None:
        """Start it. A killed supervisor takes it along; gently, so that it takes its own along."""
        self._started = time.monotonic()
        self._process = processes.start(
            processes.Launch(
                command=self.program.command,
                folder=places.PROJECT,
                log=self.log,
                death_signal=signal.SIGTERM,
                environment=self.environment,
            )
        )

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it has ended, else None."""
        return self._process.poll() if self._process else None

    def revive(self) -> str:
        """Start it again when it died and its pause is over; return what to tell, if anything."""
        now = time.monotonic()
        if self._due:
            if now >= self._due:
                self._due = 0.0
                self.start()
            return ""
        if self.exit_code is None:
            return ""
        steady = now - self._started > STEADY_AFTER
        self._pause = SHORTEST_PAUSE if steady else min(self._pause * 2, LONGEST_PAUSE)
        self._due = now + self._pause
        return (
            f"The {self.program.name} process ended (code {self.exit_code}) and starts again in "
            f"{self._pause:.0f} s. {self.tail()}"
        )

    def tail(self) -> str:
        """Return the end of its log, introduced."""
        return f"The end of {self.log}:\n{processes.tail(self.log)}"

    def end(self, hurry: Callable[[], bool]) -> None:
        """Let it finish its work, unless somebody is in a hurry; then make sure that it is gone."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        deadline = time.monotonic() + self.program.patience
        while process.poll() is None:
            if hurry() or time.monotonic() > deadline:
                process.kill()
                process.wait()
                return
            time.sleep(0.05)


def end_strays(data: Path) -> int:
    """End what an earlier supervisor of this data folder left running."""
    return processes.end_strays(
        lambda: processes.marked(MARK, str(data)), signal.SIGTERM, patience=10.0
    )

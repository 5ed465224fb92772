"""The product as it runs: uvicorn and a worker, as processes on the simulated past."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from supportapp.embedded import children, places, ports, processes

READY_WITHIN = 120.0
EXTRA = {"STAFF_SECOND_FACTOR": "off", "LOG_LEVEL": "WARNING", "CACHE_ON": "0"}


class Program:
    """One process, which may be killed and started again."""

    def __init__(self, command: tuple[str, ...], name: str) -> None:
        self.command, self.log = command, Path(os.environ["DATA_DIR"]) / f"flywheel-{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = processes.start(
            processes.Launch(
                command=self.command,
                folder=places.PROJECT,
                log=self.log,
                death_signal=signal.SIGTERM,
                environment={**os.environ, **EXTRA},
            )
        )

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@contextmanager
def web() -> Iterator[tuple[str, int]]:
    """Run a web server; yields its address and its process."""
    port = ports.any_free()
    program = Program(children.web(port).command, "web")
    program.start()
    try:
        end = time.monotonic() + READY_WITHIN
        while not _answers(port):
            if time.monotonic() > end:
                raise RuntimeError(f"the web server doesn't start; see {program.log}")
            time.sleep(0.2)
        assert program.process is not None
        yield f"http://127.0.0.1:{port}", program.process.pid
    finally:
        program.end()


def worker() -> Program:
    """Return the background worker, not started."""
    return Program(children.worker(Path(os.environ["DATA_DIR"])).command, "worker")


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        line.close()

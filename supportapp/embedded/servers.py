"""What Postgres and Valkey have in common: one process, started, waited for, stopped."""

import signal
import subprocess
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from supportapp.embedded import processes
from supportapp.embedded.access import Access
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.places import Home


class Server(ABC):
    """One server. Call `start` in a thread that lives as long as the server."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    patience: ClassVar[float]

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        """Name the place; `durable=False` trades safety in a power cut for speed (tests)."""
        self.home = home
        self.durable = durable
        self.log = home.logs / f"{self.name.lower()}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, access: Access) -> None:
        """Start on the given port, after clearing away what a crash left; wait until it answers."""
        self._process = processes.start(self._prepared(access))
        deadline = time.monotonic() + self.patience
        while not self.is_ready(access):
            if self.exited() or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(
                    f"{self.name} doesn't start. The end of {self.log}:\n{processes.tail(self.log)}"
                )
            time.sleep(0.03)

    def exited(self) -> bool:
        """Say whether a started server is gone."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """Let it write out everything that was committed, and end."""
        if self._process is not None:
            processes.end(self._process, self.stop_signal, self.patience)
            self._process = None

    @abstractmethod
    def _prepared(self, access: Access) -> processes.Launch:
        """Make its files where missing, clear away what a crash left, say how it starts."""

    @abstractmethod
    def is_ready(self, access: Access) -> bool:
        """Ask the server itself, not the files that a crash leaves behind."""

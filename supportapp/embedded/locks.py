"""Locks between processes. The kernel lets go of them when their holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PAUSE = 0.02


class FileLock:
    """An advisory lock on a file: shared by many, or exclusive to one."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made when first locked."""
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool = False, timeout: float | None = None) -> bool:
        """Wait for ever or `timeout` seconds (0: don't wait); say whether we hold it."""
        if self._descriptor is not None:
            raise RuntimeError(f"{self.path} is locked already by this object")
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        if timeout is None:
            fcntl.flock(descriptor, mode)
        elif not _try_until(descriptor, mode, time.monotonic() + timeout):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go. Safe to call twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def write(self, text: str) -> None:
        """Leave a note in the file, for whoever finds it locked."""
        if self._descriptor is None:
            raise RuntimeError(f"{self.path} isn't locked")
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode(), 0)

    def is_held(self) -> bool:
        """Say whether anybody holds the lock right now."""
        probe = FileLock(self.path)
        free = probe.acquire(timeout=0)
        probe.release()
        return not free

    def __enter__(self) -> Self:
        """Hold the lock exclusively, waiting as long as it takes."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release()


def _try_until(descriptor: int, mode: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True

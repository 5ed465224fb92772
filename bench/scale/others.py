"""Other processes of the same database, to talk to by lines of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.scale import places


class Other:
    """One process that runs bench.scale.asking."""

    def __init__(self, size: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.scale.stage", "asking", str(size)],
            cwd=places.PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, **asked: object) -> dict[str, Any]:
        """Send a line, wait for the line that answers it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def end(self) -> None:
        """Let it finish."""
        self._process.communicate()


@contextmanager
def others(count: int, size: int) -> Iterator[list[Other]]:
    """Start so many processes; they end with the block."""
    started = [Other(size) for _ in range(count)]
    try:
        yield started
    finally:
        for each in started:
            each.end()

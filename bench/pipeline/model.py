"""The fake model server in a process of its own, as a model is: `python -m bench.pipeline.model`.

It prints its address, answers by quoting the evidence that it is given, and, when its input is
closed, prints when each request came (monotonic seconds, one clock for all processes) and what it
asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.model_server import ModelServer

TOKEN_SECONDS = 0.05


class Stamped(list[Any]):
    """The model server's requests, with the moment at which each came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, str]] = []

    def append(self, request: Any) -> None:
        self.came.append((time.perf_counter(), request.prompt))


@dataclass
class Served:
    """A running model server; what came is known once it has stopped."""

    base_url: str
    came: list[tuple[float, str]] = field(default_factory=list)

    def claim(self, question: str, since: float) -> float | None:
        """Return when the first request with this question came, and take it out."""
        for place, (when, text) in enumerate(self.came):
            if when >= since and question in text:
                del self.came[place]
                return when
        return None


@contextmanager
def running() -> Iterator[Served]:
    """Run the server beside this process."""
    command = [sys.executable, "-m", "bench.pipeline.model"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        served = Served(process.stdout.readline().strip())
        try:
            yield served
        finally:
            process.stdin.close()
            served.came = [(when, text) for when, text in json.loads(process.stdout.read() or "[]")]


def main() -> None:
    """Serve until the input is closed."""
    with ModelServer(delay=TOKEN_SECONDS) as server:
        requests = Stamped()
        server.requests = requests
        print(server.base_url, flush=True)
        sys.stdin.read()
    print(json.dumps(requests.came), flush=True)


if __name__ == "__main__":
    main()

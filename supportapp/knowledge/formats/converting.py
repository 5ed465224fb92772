"""Have files converted by a child process, and end it when it takes too long."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO

from supportapp.knowledge.formats.records import Converted, Refused

DEADLINE = 90.0
PROJECT = Path(__file__).resolve().parents[3]
_REASONS = {
    "MemoryError": "reading it takes too much memory",
    "RecursionError": "it is nested too deeply",
    "PDFPasswordIncorrect": "it is protected by a password",
    "PDFSyntaxError": "it is a broken PDF",
    "PdfminerException": "it is a broken PDF, or protected by a password",
    "PSEOF": "it is a broken PDF",
    "BadZipFile": "it is a broken archive",
}


@contextmanager
def converter(deadline: float = DEADLINE) -> Iterator[Converter]:
    """Lend a converter; its process starts with the first file and ends with the block."""
    lent = Converter(deadline)
    try:
        yield lent
    finally:
        lent.close()


class Converter:
    """Converts one file after another in a child process."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def __call__(self, kind: str, data: bytes) -> Converted:
        """Return the file's title and Markdown; raises Refused saying why it can't be had."""
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        late = Timer(self._deadline, child.kill)
        late.start()
        try:
            header = json.dumps({"kind": kind, "size": len(data)})
            child.stdin.write(header.encode() + b"\n" + data)
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            was_late = not late.is_alive()
            late.cancel()
            late.join()
        if not line:
            raise Refused(
                f"reading it took over {self._deadline:.0f} s" if was_late else self._why()
            )
        return Converted(**json.loads(line))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the child)
            self._child = subprocess.Popen(
                [sys.executable, "-m", "supportapp.knowledge.formats.child"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        return self._child

    def _why(self) -> str:
        """Read the last line of the child's traceback: the kind of error and what it says."""
        assert self._errors is not None
        errors = self._errors
        if self._child is not None:
            self._child.wait()
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().split("\n")
        self._end()
        name, _, message = lines[-1].partition(": ")
        kind = name.rpartition(".")[2]
        if kind == "Unreadable":
            return message
        return _REASONS.get(kind, f"it is broken ({kind or 'the reader stopped'})")

    def _end(self) -> None:
        child, self._child = self._child, None
        errors, self._errors = self._errors, None
        if child is not None:
            child.kill()
            child.communicate()
        if errors is not None:
            errors.close()

    def close(self) -> None:
        """End the child process."""
        self._end()

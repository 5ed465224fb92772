"""Start, find and stop processes, so that none outlives its parent and no stranger is ever hit."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from supportapp.embedded.errors import EmbeddedError

PR_SET_PDEATHSIG = 1
PROC = Path("/proc")


@dataclass(frozen=True)
class Account:
    """The user a server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Launch:
    """How to start one process: what, where, as whom, and how it ends with its parent."""

    command: Sequence[str]
    folder: Path
    log: Path
    death_signal: signal.Signals
    account: Account | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""


def start(launch: Launch) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, told to end when the caller's thread ends.

    Call it from a thread that lives as long as the process should: Linux sends the death signal
    when the *thread* that started it ends.
    """
    account = launch.account
    with launch.log.open("ab") as log:
        try:
            process = subprocess.Popen(
                launch.command,
                cwd=launch.folder,
                env={**os.environ, **launch.environment},
                stdin=subprocess.PIPE if launch.stdin else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                preexec_fn=die_with_parent(launch.death_signal),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"Can't start {launch.command[0]}: {error}") from error
    if process.stdin:
        process.stdin.write(launch.stdin)
        process.stdin.close()
    return process


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return what the child runs between fork and exec (after it changed user: that clears it)."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def prepare() -> None:
        if prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(71)

    return prepare


def running_in(folder: Path, program: str) -> list[int]:
    """Find the processes of this program that work in this folder, whoever started them."""
    found = []
    for pid in _pids():
        try:
            executable = os.readlink(PROC / str(pid) / "exe").removesuffix(" (deleted)")
            if Path(executable).name == program and _works_in(pid, folder):
                found.append(pid)
        except OSError:
            continue  # gone meanwhile, or another user's
    return found


def marked(variable: str, value: str) -> list[int]:
    """Find the processes that were started with this environment variable, except ourselves."""
    mark = f"{variable}={value}".encode()
    found = []
    for pid in _pids():
        try:
            variables = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # gone meanwhile, or another user's
        if mark in variables and pid != os.getpid():
            found.append(pid)
    return found


def _works_in(pid: int, folder: Path) -> bool:
    return os.readlink(PROC / str(pid) / "cwd") == str(folder.resolve())


def _pids() -> Iterable[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())


def end(process: subprocess.Popen[bytes], gently: signal.Signals, patience: float) -> None:
    """Ask a child to end; after `patience` seconds, make it."""
    if process.poll() is not None:
        return
    process.send_signal(gently)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_strays(find: Callable[[], list[int]], gently: signal.Signals, patience: float) -> int:
    """End processes that aren't our children: ask, wait, then kill. Return how many there were.

    `find` is asked again before every signal, so a pid that was reused meanwhile is never hit.
    """
    first = find()
    for each_signal, seconds in ((gently, patience), (signal.SIGKILL, 5.0)):
        for pid in find():
            _signal(pid, each_signal)
        deadline = time.monotonic() + seconds
        while find():
            if time.monotonic() >= deadline:
                break
            time.sleep(0.05)
        else:
            return len(first)
    raise EmbeddedError(f"Processes {find()} of an earlier run can't be stopped; end them first.")


def _signal(pid: int, which: signal.Signals) -> None:
    try:
        os.kill(pid, which)
    except ProcessLookupError:
        return


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        text = log.read_bytes()[-8192:].decode(errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty log)"

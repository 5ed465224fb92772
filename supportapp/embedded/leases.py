"""Have Postgres and Valkey running for as long as this process uses them."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from supportapp.embedded import places, ports, processes
from supportapp.embedded.access import Access
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.locks import FileLock
from supportapp.embedded.places import Home

PATIENCE = 120.0


@dataclass(frozen=True)
class Addresses:
    """Where the servers are."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Lease:
    """The right to use the servers, until it is closed or this process ends, however it ends."""

    home: Home
    addresses: Addresses
    users: FileLock

    def close(self, *, wait: float = 0.0) -> None:
        """Give the servers back; the last user to do so stops them. Wait for that, if asked."""
        self.users.release()
        keeper = self.home.lock("keeper")
        if wait and keeper.acquire(timeout=wait):
            keeper.release()


_leases: dict[Path, Lease] = {}


def ensure(data: Path | None = None) -> Addresses:
    """Return the servers' addresses, starting them if need be, while this process lives."""
    folder = data or places.data_folder()
    if folder not in _leases:
        _leases[folder] = lease(folder)
    return _leases[folder].addresses


def lease(data: Path, *, throw_away: bool = False) -> Lease:
    """Use the servers of this data folder, starting them if need be; raises EmbeddedError."""
    home = places.find(data.resolve())
    users = home.lock("users")
    if not users.acquire(shared=True, timeout=PATIENCE):
        raise EmbeddedError("The embedded services are still stopping; try again.")
    try:
        with home.lock("start"):
            access = _start_and_wait(home, throw_away)
    except EmbeddedError:
        users.release()
        raise
    return Lease(home, Addresses(access.database_url, access.redis_url), users)


def _start_keeper(home: Home, throw_away: bool) -> None:
    """Start the keeper in a session of its own: Ctrl-C at the terminal isn't meant for it."""
    if not ports.reaches_itself():
        raise EmbeddedError(
            f"This machine can't reach itself at {ports.HOST}. Is its loopback interface up "
            "(ip link set lo up)?"
        )
    log = home.logs / "keeper.log"
    with log.open("ab") as errors:
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-m", "supportapp.embedded.keeper", str(home.data)),
                *(["--throw-away"] if throw_away else []),
            ],
            cwd=places.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    assert keeper.stdout is not None
    with keeper.stdout as answer:
        line = answer.readline()
    keeper.wait()  # it left for the background
    if not line:
        raise EmbeddedError(f"The embedded services don't start. {log}:\n{processes.tail(log)}")
    if error := json.loads(line)["error"]:
        raise EmbeddedError(error)


def _start_and_wait(home: Home, throw_away: bool) -> Access:
    """Start a keeper where none runs, or where one ends meanwhile; wait for its servers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if not home.lock("keeper").is_held():
            _start_keeper(home, throw_away)
        access = Access.load(home.access_file)
        if access and not any(map(ports.is_free, (access.postgres_port, access.valkey_port))):
            return access
        time.sleep(0.05)
    raise EmbeddedError(f"The embedded services don't answer; see {home.logs}.")

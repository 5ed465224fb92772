"""The process that keeps Postgres and Valkey running while anybody uses them.

Users hold a shared lock; the keeper waits for the exclusive one, gets it when the last user is
gone (the kernel lets go for a killed one too), and then stops the servers. It restarts a server
that dies. If the keeper itself is killed, both servers are told to shut down by the kernel.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from supportapp.embedded import places
from supportapp.embedded.access import Access
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.places import Home
from supportapp.embedded.postgres import PostgresServer
from supportapp.embedded.valkey import ValkeyServer

STARTS = 4
LONGEST_PAUSE = 30.0


class Keeper:
    """Runs the servers of one data folder."""

    def __init__(self, home: Home, *, durable: bool) -> None:
        """Find the programs. The caller holds the keeper's lock."""
        programs = places.programs(home)
        self.home = home
        self.postgres = PostgresServer(home, programs, durable=durable)
        self.valkey = ValkeyServer(home, programs, durable=durable)
        self.access = self._access()
        self.unused = threading.Event()

    def start(self) -> None:
        """Start both servers, moving to another port when somebody takes one in the meantime."""
        for attempt in range(1, STARTS + 1):
            self.access = self.access.with_free_ports()
            self.access.save(self.home.access_file)
            try:
                self.postgres.start(self.access)
                self.valkey.start(self.access)
            except EmbeddedError:
                self.stop()
                if attempt == STARTS or self.access == self.access.with_free_ports():
                    raise
            else:
                return

    def keep(self) -> None:
        """Restart what dies, until nobody uses the servers any more."""
        threading.Thread(target=self._wait_for_the_last_user, daemon=True).start()
        pause = 0.0
        while not self.unused.wait(0.25):
            for server in (self.postgres, self.valkey):
                if server.exited():
                    print(f"{server.name} ended by itself; starting it again", flush=True)
                    time.sleep(pause)
                    pause = min(pause * 2 + 0.5, LONGEST_PAUSE)
                    server.start(self.access)

    def stop(self) -> None:
        """Stop both servers in order."""
        self.valkey.stop()
        self.postgres.stop()

    def _access(self) -> Access:
        known = Access.load(self.home.access_file)
        if known is None and (self.home.servers / "postgres" / "PG_VERSION").exists():
            raise EmbeddedError(
                f"{self.home.access_file} is missing, and with it the password of the database in "
                f"{self.home.servers}. Restore the file, or remove the folder to start afresh."
            )
        return known or Access.make()

    def _wait_for_the_last_user(self) -> None:
        self.home.lock("users").acquire()
        self.unused.set()


def main(arguments: Sequence[str]) -> int:
    """Start, report on standard output as one JSON line, and keep."""
    parser = argparse.ArgumentParser(prog="keeper")
    parser.add_argument("data", type=Path)
    parser.add_argument("--throw-away", action="store_true", help="fast, unsafe, removed after")
    options = parser.parse_args(arguments)
    if os.fork():
        os._exit(0)  # whoever started us has no child to wait for
    home = places.find(options.data)
    lock = home.lock("keeper")
    if not lock.acquire(timeout=90):
        return _report(error="An earlier start is still stopping; try again.")
    try:
        keeper = Keeper(home, durable=not options.throw_away)
        signal.signal(signal.SIGTERM, lambda *_: keeper.unused.set())
        keeper.start()
        _report(error="")
        keeper.keep()
        keeper.stop()
    except EmbeddedError as error:
        return _report(error=str(error))
    finally:
        if options.throw_away:
            shutil.rmtree(home.servers, ignore_errors=True)
            shutil.rmtree(home.data, ignore_errors=True)
        # Before the users' lock, which the kernel frees at exit: whoever gets that starts afresh.
        lock.release()
    return 0


def _report(*, error: str) -> int:
    """Answer whoever started us, who reads one line; what follows goes to the log."""
    os.write(sys.stdout.fileno(), json.dumps({"error": error}).encode() + b"\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return 1 if error else 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    # At once: whoever waits for the locks should find this process gone.
    os._exit(code)

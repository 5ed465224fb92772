"""Free ports on 127.0.0.1."""

import random
import socket

HOST = "127.0.0.1"
# Below the range from which Linux takes outgoing ports, so that a remembered one stays free.
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Say whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """Return a port nobody listens on."""
    while True:
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 (not a secret)
        if is_free(port):
            return port


def next_free(first: int, attempts: int = 50) -> int | None:
    """Return the first free port from `first` on, or None."""
    return next((port for port in range(first, first + attempts) if is_free(port)), None)

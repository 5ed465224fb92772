"""Free ports on 127.0.0.1."""

import random
import socket

HOST = "127.0.0.1"
# Below the range from which Linux takes outgoing ports, so that a remembered one stays free.
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Say whether a server could listen there now."""
    return _refusal(port) is None


def is_forbidden(port: int) -> bool:
    """Say whether this user may not listen there: the lowest ports are often for root alone."""
    return isinstance(_refusal(port), PermissionError)


def reaches_itself() -> bool:
    """Say whether this machine can talk to itself: not without its loopback interface."""
    with socket.socket() as server, socket.socket() as client:
        client.settimeout(5)
        try:
            server.bind((HOST, 0))
            server.listen()
            client.connect(server.getsockname())
        except OSError:
            return False
    return True


def _refusal(port: int) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None


def any_free() -> int:
    """Return a port nobody listens on."""
    while True:
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 (not a secret)
        if is_free(port):
            return port


def next_free(first: int, attempts: int = 50) -> int | None:
    """Return the first free port from `first` on, or None."""
    return next((port for port in range(first, first + attempts) if is_free(port)), None)

"""Rates per visitor and per address, for pages and sockets alike.

Counts live in Redis so that every process shares them. While Redis is away each process counts
for itself: asking goes on, and a flood is still held.
"""

import ipaddress
import logging
import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)
QUIET_SECONDS = 5.0
_quiet_until = 0.0


@dataclass(frozen=True)
class RetryAfter:
    """The limit is reached; it opens again in so many seconds."""

    seconds: int


@cache
def _shared() -> MovingWindowRateLimiter:
    storage = storage_from_string(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, wrap_exceptions=True
    )
    return MovingWindowRateLimiter(storage)


@cache
def _own() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@cache
def _rate(text: str) -> RateLimitItem:
    return parse(text)


def hit(kind: str, key: str) -> RetryAfter | None:
    """Count one act of `kind` (a RATE_… setting's name, as in "ASK_VISITOR") by `key`.

    Returns None where it is allowed. A Redis that is away isn't asked again for some seconds,
    so that nobody waits for it twice.
    """
    global _quiet_until
    rate = _rate(getattr(settings, f"RATE_{kind}"))
    if time.monotonic() < _quiet_until:
        return _hit(_own(), rate, kind, key)
    try:
        return _hit(_shared(), rate, kind, key)
    except StorageError:
        _quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("limits.redis_away", extra={"fields": {"kind": kind}})
        return _hit(_own(), rate, kind, key)


def _hit(
    limiter: MovingWindowRateLimiter, rate: RateLimitItem, kind: str, key: str
) -> RetryAfter | None:
    if limiter.hit(rate, kind, key):
        return None
    reset, _ = limiter.get_window_stats(rate, kind, key)
    return RetryAfter(max(1, math.ceil(reset - time.time())))


def may_ask(visitor: object, address: str) -> RetryAfter | None:
    """Count one question by this visitor from this address.

    The visitor's own limit comes first: one who is over it doesn't use up what others at the same
    address may ask.
    """
    return hit("ASK_VISITOR", str(visitor)) or hit("ASK_ADDRESS", address)


def may_write(visitor: object) -> RetryAfter | None:
    """Count one small write (feedback, a rename)."""
    return hit("WRITE_VISITOR", str(visitor))


def may_ask_person(visitor: object, address: str) -> RetryAfter | None:
    """Count one request for a person. Staff read each, and a new visitor costs nothing to be."""
    return may_write(visitor) or hit("PERSON_ADDRESS", address)


def request_address(request: HttpRequest) -> str:
    """Return the client's address; forwarded ones count only from TRUSTED_PROXIES proxies."""
    return _address(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def scope_address(scope: Mapping[str, Any]) -> str:
    """Return the client's address of a WebSocket."""
    forwarded = [
        value.decode("latin-1")
        for name, value in scope.get("headers", [])
        if name == b"x-forwarded-for"
    ]
    client = scope.get("client") or ("", 0)
    return _address(str(client[0]), ",".join(forwarded))


def _address(peer: str, forwarded: str) -> str:
    """Each trusted proxy appends whom it heard from; what stands before is its own word."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    proxies = settings.TRUSTED_PROXIES
    return _network(hops[-proxies] if proxies and len(hops) >= proxies else peer)


def _network(address: str) -> str:
    """Return the address, or an IPv6 address's /64: one household has all of that."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


class SocketCount:
    """Open sockets per address in this process, held to MAX_SOCKETS_PER_ADDRESS."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = Lock()

    def enter(self, address: str) -> bool:
        """Count one more socket; False where the address has its fill."""
        with self._lock:
            if self._open[address] >= settings.MAX_SOCKETS_PER_ADDRESS:
                return False
            self._open[address] += 1
            return True

    def leave(self, address: str) -> None:
        """Count one socket fewer."""
        with self._lock:
            self._open[address] -= 1
            if self._open[address] <= 0:
                del self._open[address]


class FrameCount:
    """The frames of one socket, held to RATE_SOCKET_FRAMES: so many at once, then at that rate.

    It lives and dies with its socket, so it needs no Redis.
    """

    def __init__(self) -> None:
        rate = _rate(settings.RATE_SOCKET_FRAMES)
        self._most = float(rate.amount)
        self._each_second = rate.amount / rate.get_expiry()
        self._left = self._most
        self._counted_at = time.monotonic()
        self.refused = 0

    def hit(self) -> RetryAfter | None:
        """Count one frame; `refused` says how many in a row were too many."""
        now = time.monotonic()
        gained = (now - self._counted_at) * self._each_second
        self._left, self._counted_at = min(self._most, self._left + gained), now
        if self._left >= 1:
            self._left -= 1
            self.refused = 0
            return None
        self.refused += 1
        return RetryAfter(max(1, math.ceil((1 - self._left) / self._each_second)))


sockets = SocketCount()

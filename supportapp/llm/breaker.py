"""Don't ask an endpoint again that has just failed several times in a row."""

import math
import threading
import time
from collections.abc import Callable

from supportapp.llm.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)

# Who refuses a key or knows no such model will go on doing so.
_LASTING = ("status_401", "status_403", "status_404")


class Breaker:
    """Opens after `failures` in a row for `rest` seconds; then one request tries for all.

    One instance per endpoint and process: what one process has learned, others learn themselves.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        rest: float = 20.0,
        longest_rest: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._rest = rest
        self._longest_rest = longest_rest
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = -math.inf

    @property
    def is_open(self) -> bool:
        """Return whether requests are held back now."""
        return self._clock() < self._closed_until

    def admit(self) -> bool:
        """Return whether a request may be sent; after a rest, to one of those that ask."""
        with self._lock:
            now = self._clock()
            if now < self._closed_until:
                return False
            if self._failed >= self._most:
                # This one tries; the others wait until it has told, or for another rest.
                self._closed_until = now + self._rest
            return True

    def succeeded(self) -> None:
        """Note that the endpoint answered."""
        with self._lock:
            self._failed = 0
            self._closed_until = -math.inf

    def failed(self, error: ModelError) -> None:
        """Note a failure; one that is about the request alone doesn't count."""
        if not _counts(error):
            return
        with self._lock:
            self._failed += 1
            asked = error.retry_after if isinstance(error, ModelRateLimited) else None
            rest = self._rest if self._failed >= self._most else 0.0
            pause = min(max(asked or 0.0, rest), self._longest_rest)
            if pause:
                self._closed_until = max(self._closed_until, self._clock() + pause)


def _counts(error: ModelError) -> bool:
    if isinstance(error, ModelRejected):
        return error.reason.startswith(_LASTING)
    kinds = ModelUnavailable | ModelTimeout | ModelProtocolError | ModelRateLimited
    return isinstance(error, kinds)

"""Send no more requests in a minute than an endpoint takes."""

import threading
import time
from collections.abc import Callable


class Pace:
    """Spreads requests evenly; one instance is shared by all threads that use an endpoint."""

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 60 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may be sent."""
        with self._lock:
            now = self._clock()
            begins = max(now, self._next)
            self._next = begins + self._interval
        if begins > now:
            self._sleep(begins - now)

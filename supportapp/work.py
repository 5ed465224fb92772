"""How async code uses the database: one hop per unit of work, and the connection goes back.

A turn waits for a model for seconds; a connection that it held meanwhile would be missing to
others. So each unit runs in a thread for as long as it takes, in its own transaction if it writes,
and returns its connection to the pool when it is done.

All units of a process share a few threads, as many as it may have connections: more could only
wait for a connection, and each costs its start and its share of the interpreter's lock. Where all
are busy, what an answer waits for goes before what follows it (`first`, `unit`, `last`): nobody
waits for ever, for each is due some time after it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from heapq import heappop, heappush
from itertools import count
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import AsyncToSync, sync_to_async
from django.conf import settings
from django.db import connections

# Seconds after which a verb is due, where threads are scarce.
AT_ONCE, USUALLY, AFTERWARDS = 0.0, 0.3, 1.0
P = ParamSpec("P")
T = TypeVar("T")


async def unit(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a verb in a thread of this process's few.

    Where a sync thread waits for us (a test, a command), it runs there: that thread's transaction
    is what the verb belongs to.
    """
    return await _run(USUALLY, partial(verb, *args, **kwargs))


async def first(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short verb that an answer can't begin without."""
    return await _run(AT_ONCE, partial(verb, *args, **kwargs))


async def last(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a verb of an answer that is there already."""
    return await _run(AFTERWARDS, partial(verb, *args, **kwargs))


async def _run(due: float, verb: Callable[[], T]) -> T:
    def whole() -> T:
        try:
            return verb()
        finally:
            release_connections()

    if getattr(AsyncToSync.executors, "current", None) is not None:
        return await sync_to_async(whole)()
    loop = asyncio.get_running_loop()
    line = _lines.get(loop)
    if line is None:
        line = _lines[loop] = Line(settings.DATABASE_POOL)
    await line.enter(loop.time() + due)
    try:
        return await sync_to_async(whole, thread_sensitive=False, executor=_threads())()
    finally:
        line.leave()


class Line:
    """Who waits for one of some places on an event loop; whoever is due first is next."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    async def enter(self, due: float) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (due, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to the next."""
        while self._waiting:
            _, _, called = heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._free += 1


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DATABASE_POOL, thread_name_prefix="unit")


def release_connections() -> None:
    """Give back this thread's connections, but none that is in a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()

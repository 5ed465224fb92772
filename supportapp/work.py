"""How async code uses the database: one hop per unit of work, and the connection goes back.

A turn waits for a model for seconds; a connection that it held meanwhile would be missing to
others. So each unit runs in a thread for as long as it takes, in its own transaction if it writes,
and returns its connection to the pool when it is done.

All units of a process share a few threads, as many as it may have connections: more could only
wait for a connection, and each costs its start and its share of the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from asgiref.sync import AsyncToSync, sync_to_async
from django.conf import settings
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


async def unit(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a verb in a thread of this process's few.

    Where a sync thread waits for us (a test, a command), it runs there: that thread's transaction
    is what the verb belongs to.
    """

    def whole() -> T:
        try:
            return verb(*args, **kwargs)
        finally:
            release_connections()

    if getattr(AsyncToSync.executors, "current", None) is not None:
        return await sync_to_async(whole)()
    return await sync_to_async(whole, thread_sensitive=False, executor=_threads())()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DATABASE_POOL, thread_name_prefix="unit")


def release_connections() -> None:
    """Give back this thread's connections, but none that is in a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()

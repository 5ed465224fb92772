"""How async code uses the database: one hop per unit of work, and the connection goes back.

A turn waits for a model for seconds; a connection that it held meanwhile would be missing to
others. So each unit runs in the turn's own thread, in its own transaction if it writes, and
returns its connection to the pool when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


async def unit(verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a verb in this context's thread; call inside a `ThreadSensitiveContext`."""

    def whole() -> T:
        try:
            return verb(*args, **kwargs)
        finally:
            release_connections()

    return await sync_to_async(whole)()


def release_connections() -> None:
    """Give back this thread's connections, but none that is in a transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()

"""Does the worker live? Each relay run leaves a mark in Redis that soon expires."""

import time

import redis
from django.conf import settings

MARK = "supportapp:worker-beat"
SECONDS = 30


def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, decode_responses=True
    )


def beat() -> None:
    """Leave the mark. Called by the worker."""
    with _client() as client:
        client.set(MARK, str(time.time()), ex=SECONDS)


def worker() -> str:
    """Return "" where the worker ran within the last 30 seconds, else what is wrong."""
    try:
        with _client() as client:
            mark = client.get(MARK)
    except redis.RedisError:
        return "Redis can't be reached"
    return "" if mark else f"no worker has reported for {SECONDS} seconds"

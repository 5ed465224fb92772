"""This process's connections to models, each with its breaker; made once and kept."""

from __future__ import annotations

from functools import cache, lru_cache

from django.conf import settings

from supportapp.llm.breaker import Breaker
from supportapp.llm.client import OpenAIChat
from supportapp.llm.dialect import Dialect
from supportapp.llm.endpoints import Endpoint
from supportapp.llm.values import Retries, Timeouts

MOST_WIRES = 64


def wire(endpoint: Endpoint) -> OpenAIChat:
    """Return the way to a model. Another key, address or deadline makes another one."""
    timeouts = Timeouts(
        connect=settings.MODEL_CONNECT_SECONDS,
        first_token=settings.ANSWERING_FIRST_TOKEN_SECONDS,
        between_tokens=settings.MODEL_BETWEEN_TOKENS_SECONDS,
        total=settings.ANSWERING_TOTAL_SECONDS,
    )
    retries = Retries(
        attempts=settings.MODEL_RETRIES, longest_wait=settings.MODEL_LONGEST_RETRY_SECONDS
    )
    dialect = endpoint.capabilities.dialect()
    return _wire(endpoint.base_url, endpoint.api_key, dialect, timeouts, retries)


def breaker(endpoint: Endpoint) -> Breaker:
    """Return what this process knows of a model's health."""
    return _breaker(
        endpoint.base_url,
        endpoint.wire_name,
        settings.MODEL_BREAKER_FAILURES,
        settings.MODEL_BREAKER_SECONDS,
    )


def forget() -> None:
    """Drop every connection and what is known of their health."""
    _wire.cache_clear()
    _breaker.cache_clear()


@lru_cache(MOST_WIRES)
def _wire(
    base_url: str, api_key: str, dialect: Dialect, timeouts: Timeouts, retries: Retries
) -> OpenAIChat:
    return OpenAIChat(
        base_url=base_url, api_key=api_key, dialect=dialect, timeouts=timeouts, retries=retries
    )


@cache
def _breaker(base_url: str, wire_name: str, failures: int, rest: float) -> Breaker:
    return Breaker(failures=failures, rest=rest)

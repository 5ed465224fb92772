"""Which models there are: the environment's and those that staff configured, in their order."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from django.conf import settings
from django.db.models import Q

from supportapp.gateway import declared, sealing
from supportapp.gateway.models import ModelConfig, Purpose
from supportapp.gateway.values import LARGE, SMALL, Configured, Source
from supportapp.llm.endpoints import Capabilities, Endpoint
from supportapp.row_versions import Kept, Rows

logger = logging.getLogger(__name__)
ON_TRIAL = "trial"
_with_trials: ContextVar[bool] = ContextVar("with_trials", default=False)


@contextmanager
def with_trials() -> Iterator[None]:
    """Let models that are on trial be named inside, as runs do that compare them."""
    token = _with_trials.set(True)
    try:
        yield
    finally:
        _with_trials.reset(token)


def configured() -> tuple[Configured, ...]:
    """Return every model in use, the one that is asked first in front.

    Asked of the database each time, so that a switch holds for the next question everywhere.
    """
    named = declared.configured()
    taken = {each.endpoint.name for each in named}
    with_trials = _with_trials.get()
    rows = (
        row
        for row in _ROWS.of()
        if row.name not in taken and (row.is_enabled or (with_trials and row.is_on_trial))
    )
    found = [*named, *(made for row in rows if (made := of(row)) is not None)]
    return tuple(sorted(found, key=lambda each: (each.position, each.endpoint.name)))


def _rows() -> tuple[ModelConfig, ...]:
    return tuple(ModelConfig.objects.filter(Q(is_enabled=True) | Q(is_on_trial=True)))


_ROWS = Kept(_rows, Rows.of(ModelConfig))


def endpoints(purpose: str, *, first: str = "") -> tuple[Endpoint, ...]:
    """Return the models for a purpose, in the order in which they are asked."""
    return serving(purpose, configured(), first=first)


def serving(purpose: str, models: Sequence[Configured], *, first: str = "") -> tuple[Endpoint, ...]:
    """Return those of the models that are asked for a purpose; `first` in front, if it is one.

    Where there are small ones and large ones, answers that nobody chose a route for are written
    by the large ones.
    """
    known = _serving(purpose, models, first)
    if purpose == Purpose.ANSWER:
        known.sort(key=lambda each: (each.endpoint.name != first, each.route != LARGE))
    found = [each.endpoint for each in known]
    if purpose == Purpose.RERANK and settings.RERANK_MODEL:
        found = [_as_reranker(each) for each in found]
    return tuple(found)


def routes(models: Sequence[Configured], *, first: str = "") -> dict[str, tuple[Endpoint, ...]]:
    """Return who writes the answers of each route that has a model: its own first, then others.

    The model named `first` comes before the others of its own route.
    """
    known = _serving(Purpose.ANSWER, models, first)
    return {
        route: tuple(each.endpoint for each in sorted(known, key=lambda each: each.route != route))
        for route in (SMALL, LARGE)
        if any(each.route == route for each in known)
    }


def _serving(purpose: str, models: Sequence[Configured], first: str) -> list[Configured]:
    known = sorted(models, key=lambda each: each.endpoint.name != first)
    return [each for each in known if each.serves(purpose) or each.endpoint.name == first]


def of(row: ModelConfig) -> Configured | None:
    """Return what a row says, with its key; None where the key can't be read any more."""
    try:
        key = sealing.unseal(row.sealed_key)
    except sealing.Unreadable:
        logger.warning("gateway.key_unreadable", extra={"fields": {"model": row.name}})
        return None
    endpoint = Endpoint(
        name=row.name,
        base_url=row.base_url,
        wire_name=row.wire_name,
        api_key=key,
        provider=row.provider,
        context_tokens=row.context_tokens,
        price=declared.price(row.price_in, row.price_out, row.price_cached),
        capabilities=Capabilities(
            tools=row.has_tools,
            json=declared.json_support(row.json_support),
            streaming=row.has_streaming,
            seed=row.has_seed,
        ),
    )
    # On trial it serves nothing by itself, and is asked where it is named.
    purposes = frozenset({ON_TRIAL} if row.is_on_trial else row.purposes)
    return Configured(endpoint, row.position, purposes, Source.DATABASE, row.route)


def key_for(base_url: str) -> str:
    """Return the key that was given for exactly this address; empty where there is none."""
    same = (each.endpoint for each in configured() if each.endpoint.base_url == base_url)
    return next((each.api_key for each in same if each.api_key), "")


def _as_reranker(endpoint: Endpoint) -> Endpoint:
    is_default = endpoint.name == declared.DEFAULT
    return replace(endpoint, wire_name=settings.RERANK_MODEL) if is_default else endpoint

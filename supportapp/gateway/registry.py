"""Which models there are: the environment's and those that staff configured, in their order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings

from supportapp.gateway import declared, sealing
from supportapp.gateway.models import ModelConfig, Purpose
from supportapp.gateway.values import Configured, Source
from supportapp.llm.endpoints import Capabilities, Endpoint

logger = logging.getLogger(__name__)


def configured() -> tuple[Configured, ...]:
    """Return every model in use, the one that is asked first in front.

    Asked of the database each time, so that a switch holds for the next question everywhere.
    """
    named = declared.configured()
    taken = {each.endpoint.name for each in named}
    rows = ModelConfig.objects.filter(is_enabled=True).exclude(name__in=taken)
    found = [*named, *(made for row in rows if (made := of(row)) is not None)]
    return tuple(sorted(found, key=lambda each: (each.position, each.endpoint.name)))


def endpoints(purpose: str, *, first: str = "") -> tuple[Endpoint, ...]:
    """Return the models for a purpose, in the order in which they are asked."""
    return serving(purpose, configured(), first=first)


def serving(purpose: str, models: Sequence[Configured], *, first: str = "") -> tuple[Endpoint, ...]:
    """Return those of the models that are asked for a purpose; `first` in front, if it is one."""
    known = sorted(models, key=lambda each: each.endpoint.name != first)
    found = [each.endpoint for each in known if each.serves(purpose) or each.endpoint.name == first]
    if purpose == Purpose.RERANK and settings.RERANK_MODEL:
        found = [_as_reranker(each) for each in found]
    return tuple(found)


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
    return Configured(endpoint, row.position, frozenset(row.purposes), Source.DATABASE)


def key_for(base_url: str) -> str:
    """Return the key that was given for exactly this address; empty where there is none."""
    same = (each.endpoint for each in configured() if each.endpoint.base_url == base_url)
    return next((each.api_key for each in same if each.api_key), "")


def _as_reranker(endpoint: Endpoint) -> Endpoint:
    is_default = endpoint.name == declared.DEFAULT
    return replace(endpoint, wire_name=settings.RERANK_MODEL) if is_default else endpoint

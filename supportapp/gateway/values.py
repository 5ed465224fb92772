"""A configured model, and what may be used. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from supportapp.llm.endpoints import Endpoint
from supportapp.llm.prices import Price

MODERATION = "moderation"
SMALL, LARGE = "small", "large"


class Source(StrEnum):
    """Where a model is configured."""

    ENVIRONMENT = "environment"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Configured:
    """A model with its place in the chain, what it is asked for, and which answers it writes."""

    endpoint: Endpoint
    position: int
    purposes: frozenset[str]
    source: Source
    route: str = LARGE

    def serves(self, purpose: str) -> bool:
        """Return whether it is asked for this; moderation only where it was chosen for it."""
        return purpose in self.purposes or (not self.purposes and purpose != MODERATION)

    def with_default_key(self, key: str, price: Price | None) -> Configured:
        """Return it with this key, and this price where it has none."""
        endpoint = replace(self.endpoint, api_key=key, price=self.endpoint.price or price)
        return replace(self, endpoint=endpoint)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace and each of its visitors may use. 0 means without limit."""

    are_models_on: bool = True
    tokens: int = 0
    dollars: Decimal = Decimal(0)
    concurrent: int = 0
    visitor_tokens: int = 0
    visitor_concurrent: int = 0

    @property
    def have_days(self) -> bool:
        """Return whether anything is used up in the course of a day."""
        return bool(self.tokens or self.dollars or self.visitor_tokens)

    @property
    def hold_back(self) -> bool:
        """Return whether anything has to be counted before a model is asked."""
        return any(
            (
                self.tokens,
                self.dollars,
                self.concurrent,
                self.visitor_tokens,
                self.visitor_concurrent,
            )
        )

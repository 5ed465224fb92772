"""Models that the environment names: OPENAI_… is “default”, MODELS lists more, as JSON."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import cache

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from supportapp.gateway.models import ADDRESS, NAME, ModelRoute, Purpose
from supportapp.gateway.values import Configured, Source
from supportapp.llm.client import DEFAULT_BASE_URL
from supportapp.llm.dialect import JsonSupport
from supportapp.llm.endpoints import Capabilities, Endpoint
from supportapp.llm.prices import DEFAULT as LISTED
from supportapp.llm.prices import Price

DEFAULT = "default"
DEFAULT_POSITION = 10
KEY_VARIABLE = r"^MODEL_KEY_[A-Z0-9_]{1,60}$"
_Dollars = Field(default=None, ge=0)


class DeclaredModel(BaseModel):
    """One entry of MODELS. Its key stands in a variable of its own."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=NAME)
    base_url: str = Field(default="", pattern=f"^$|{ADDRESS}")
    model: str = ""
    key_variable: str = Field(default="", pattern=f"^$|{KEY_VARIABLE}")
    provider: str = Field(default="openai", pattern=NAME)
    position: int = Field(default=20, ge=0, le=30_000)
    purposes: list[Purpose] = []
    route: ModelRoute = ModelRoute.LARGE
    context_tokens: int = Field(default=0, ge=0)
    price_in: Decimal | None = _Dollars
    price_out: Decimal | None = _Dollars
    price_cached: Decimal | None = _Dollars
    tools: bool = True
    json_support: JsonSupport = "schema"
    streaming: bool = True
    seed: bool = True

    def configured(self) -> Configured:
        """Return it with its key of today."""
        endpoint = Endpoint(
            name=self.name,
            base_url=self.base_url,
            wire_name=self.model,
            api_key=os.environ.get(self.key_variable, "").strip() if self.key_variable else "",
            provider=self.provider,
            context_tokens=self.context_tokens,
            price=price(self.price_in, self.price_out, self.price_cached),
            capabilities=Capabilities(
                tools=self.tools, json=self.json_support, streaming=self.streaming, seed=self.seed
            ),
        )
        purposes = frozenset(each.value for each in self.purposes)
        route = self.route.value
        return Configured(endpoint, self.position, purposes, Source.ENVIRONMENT, route)


_LIST = TypeAdapter(list[DeclaredModel])


def models(text: str) -> tuple[DeclaredModel, ...]:
    """Read MODELS; raises ValueError that says what is wrong, without repeating what was given."""
    if not text:
        return ()
    try:
        read = _LIST.validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        told = [f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in faults]
        raise ValueError("; ".join(told)) from None
    names = [each.name for each in read]
    if len(set(names)) < len(names):
        raise ValueError("two models have the same name")
    if any(each.name != DEFAULT and not (each.base_url and each.model) for each in read):
        raise ValueError("each model but “default” needs base_url and model")
    return tuple(read)


def configured() -> tuple[Configured, ...]:
    """Return the environment's models, the default among them where it is set."""
    listed = {each.name: each for each in _read(settings.MODELS)}
    default = _default(listed.pop(DEFAULT, None))
    rest = tuple(each.configured() for each in listed.values())
    return rest if default is None else (default, *rest)


def _default(more: DeclaredModel | None) -> Configured | None:
    """Return the model of OPENAI_…; an entry “default” of MODELS says more about it."""
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return None
    wire_name = settings.CHAT_MODEL
    base_url = settings.OPENAI_BASE_URL or DEFAULT_BASE_URL
    told = {} if more is None else more.model_dump(exclude_unset=True)
    told |= {"name": DEFAULT, "base_url": base_url, "model": wire_name}
    made = DeclaredModel.model_construct(
        **{"position": DEFAULT_POSITION, **told, "key_variable": ""}
    ).configured()
    return made.with_default_key(settings.OPENAI_API_KEY, _listed_price(base_url, wire_name))


def _listed_price(base_url: str, wire_name: str) -> Price | None:
    """What OpenAI charges isn't what others charge for a model of the same name."""
    return LISTED.of(wire_name) if base_url == DEFAULT_BASE_URL else None


def price(per_in: Decimal | None, per_out: Decimal | None, cached: Decimal | None) -> Price | None:
    """Return the price where it is known; one that is half known isn't."""
    if per_in is None or per_out is None:
        return None
    return Price(per_in, per_out, per_in if cached is None else cached)


def json_support(word: str) -> JsonSupport:
    """Return how much of JSON a model knows; of an unknown word, nothing."""
    return "schema" if word == "schema" else "mode" if word == "mode" else "none"


@cache
def _read(text: str) -> tuple[DeclaredModel, ...]:
    return models(text)

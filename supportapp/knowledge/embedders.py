"""From an embedding model's row to what embeds: made once a process, with the key of today."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from django.conf import settings
from django.db import connection

from supportapp.gateway import registry
from supportapp.knowledge.models import EmbeddingModel
from supportapp.knowledge.models.embedding_models import KEY_VARIABLE
from supportapp.llm.client import DEFAULT_BASE_URL
from supportapp.llm.embedding import LocalEmbedder, RemoteEmbedder
from supportapp.llm.pacing import Pace
from supportapp.llm.protocols import Embedder
from supportapp.llm.recent import Recent
from supportapp.llm.values import Retries
from supportapp.row_versions import Kept, Rows

Kind = EmbeddingModel.Kind
_FIELDS = "name, kind, base_url, served_name, key_variable, dimension, batch, requests_per_minute"
_ACTIVE = f"SELECT {_FIELDS} FROM {EmbeddingModel._meta.db_table} WHERE state = 'active'"  # noqa: S608  # ours


class Purpose(Enum):
    """What is embedded. A question doesn't wait long: it can be searched by its words alone."""

    QUESTION = "question"
    PUBLICATION = "publication"
    FILLING = "filling"


# Seconds for each request, and how often it is sent again.
PATIENCE = {
    Purpose.QUESTION: (5.0, Retries(attempts=1)),
    Purpose.PUBLICATION: (30.0, Retries(attempts=2)),
    Purpose.FILLING: (30.0, Retries(attempts=4, first_wait=0.5, longest_wait=30.0)),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is needed to use a model, but its key."""

    name: str
    kind: str
    base_url: str = ""
    served_name: str = ""
    key_variable: str = ""
    dimension: int = 0
    batch: int = 128
    requests_per_minute: int = 0

    @classmethod
    def of(cls, model: EmbeddingModel) -> Endpoint:
        """Return what a row says."""
        return cls(
            name=model.name,
            kind=model.kind,
            base_url=model.base_url,
            served_name=model.served_name,
            key_variable=model.key_variable,
            dimension=model.dimension,
            batch=model.batch,
            requests_per_minute=model.requests_per_minute,
        )

    @classmethod
    def from_settings(cls) -> Endpoint:
        """Return the model that an empty database begins with."""
        if settings.EMBEDDINGS != Kind.OPENAI:
            return cls(LocalEmbedder.name, Kind.LOCAL, dimension=LocalEmbedder.dimension)
        name, dimension = settings.EMBEDDING_MODEL, settings.EMBEDDING_DIMENSION
        return cls(name, Kind.OPENAI, dimension=dimension)

    @classmethod
    def active(cls) -> Endpoint:
        """Return the active model's, as the database says now; before the first, the settings'."""
        return _STORED.of() or cls.from_settings()

    @property
    def address(self) -> tuple[str, str]:
        """Return where the model is served, and the key for that place.

        The key of OPENAI_BASE_URL goes nowhere else, and neither does one that staff gave a chat
        model: where both are served at the same address, it is used for both.
        """
        if self.base_url:
            if not self.key_variable:
                return self.base_url, registry.key_for(self.base_url)
            is_key = re.match(KEY_VARIABLE, self.key_variable)
            return self.base_url, os.environ.get(self.key_variable, "").strip() if is_key else ""
        return settings.OPENAI_BASE_URL or DEFAULT_BASE_URL, settings.OPENAI_API_KEY


def _stored() -> Endpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE)
        found = cursor.fetchone()
    return Endpoint(*found) if found else None


_STORED = Kept(_stored, Rows.of(EmbeddingModel))


def of(endpoint: Endpoint, purpose: Purpose = Purpose.QUESTION) -> Embedder:
    """Return this process's embedder of a model for a purpose."""
    if purpose is Purpose.QUESTION:
        return _recent(endpoint, endpoint.address)
    if endpoint.kind == Kind.LOCAL:
        return LocalEmbedder()
    return _remote(endpoint, endpoint.address, purpose)


@cache
def _recent(endpoint: Endpoint, address: tuple[str, str]) -> Recent:
    """Several steps embed one question; the model is asked once."""
    if endpoint.kind == Kind.LOCAL:
        return Recent(LocalEmbedder())
    return Recent(_remote(endpoint, address, Purpose.QUESTION))


@cache
def _remote(endpoint: Endpoint, address: tuple[str, str], purpose: Purpose) -> RemoteEmbedder:
    base_url, key = address
    seconds, retries = PATIENCE[purpose]
    return RemoteEmbedder(
        base_url=base_url,
        api_key=key,
        model=endpoint.served_name or endpoint.name,
        name=endpoint.name,
        dimension=endpoint.dimension,
        batch=endpoint.batch,
        deadline=seconds,
        retries=retries,
        # Questions are few and can't wait for their turn.
        pace=None if purpose is Purpose.QUESTION else _pace(endpoint),
    )


@cache
def _pace(endpoint: Endpoint) -> Pace | None:
    per_minute = endpoint.requests_per_minute
    return Pace(per_minute) if per_minute else None


def forget() -> None:
    """Drop every client of this process."""
    _recent.cache_clear()
    _remote.cache_clear()
    _pace.cache_clear()

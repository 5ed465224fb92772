"""Rerank at an HTTP endpoint, as Cohere, Jina, Voyage, vLLM, llama.cpp and TEI serve it.

`POST /rerank` with a query and texts; back come numbers of texts with scores. Names differ a
little between servers: the request is first put as most of them take it, then as TEI does, and
the wording that worked is kept. Replies are read in each of the known forms.
"""

import math
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
from pydantic import AliasChoices, BaseModel, Field, TypeAdapter, ValidationError

from supportapp.llm.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from supportapp.llm.faults import retry_after

LARGEST_REPLY = 8_000_000
UNLISTED = float("-inf")
# What a server answers to a body that it doesn't understand.
_REWORD = frozenset({400, 422})


class HttpReranker:
    """A `Reranker`. Safe to use from many threads; it asks once, for there is no time to repeat."""

    def __init__(self, *, url: str, api_key: str = "", model: str = "", deadline: float) -> None:
        self.name = model or "rerank"
        self._url = url if url.rstrip("/").endswith("rerank") else f"{url.rstrip('/')}/rerank"
        self._model = model
        self._deadline = deadline
        self._wordings = [_as_most_do, _as_tei_does]
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx2.Timeout(deadline, connect=min(deadline, 1.0)),
        )

    def rerank(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score per text; -inf for one that the endpoint left out. Raises `ModelError`."""
        if not texts:
            return []
        end = time.monotonic() + self._deadline
        for wording in list(self._wordings):
            status, body = self._sent(wording(self._model, question, texts), end)
            if status not in _REWORD or wording is self._wordings[-1]:
                break
        _refuse(status)
        self._wordings = [wording]
        return _scores(body, len(texts))

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _sent(self, content: Mapping[str, Any], end: float) -> tuple[int, bytes]:
        """The status and the body, read piece by piece so that a dripping server meets the end."""
        body = bytearray()
        try:
            with self._client.stream("POST", self._url, json=content) as reply:
                if reply.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                    wait = retry_after(reply.headers, datetime.now(UTC))
                    raise ModelRateLimited("status_429", retry_after=wait)
                for piece in reply.iter_bytes():
                    body += piece
                    if time.monotonic() > end:
                        raise ModelTimeout("total")
                    if len(body) > LARGEST_REPLY:
                        raise ModelProtocolError("too_large")
        except httpx2.TimeoutException:
            raise ModelTimeout("total") from None
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL):
            raise ModelUnavailable("connection") from None
        return reply.status_code, bytes(body)


def _as_most_do(model: str, question: str, texts: Sequence[str]) -> dict[str, Any]:
    named = {"model": model} if model else {}
    return named | {"query": question, "documents": list(texts), "top_n": len(texts)}


def _as_tei_does(model: str, question: str, texts: Sequence[str]) -> dict[str, Any]:
    return {"query": question, "texts": list(texts)}


def _refuse(status: int) -> None:
    if status == httpx2.codes.OK:
        return
    error: type[ModelError] = ModelRejected
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        error = ModelUnavailable
    raise error(f"status_{status}")


class _Row(BaseModel):
    index: int
    score: float = Field(validation_alias=AliasChoices("relevance_score", "score"))


class _Reply(BaseModel):
    rows: list[_Row] = Field(validation_alias=AliasChoices("results", "data"))


_REPLY: TypeAdapter[_Reply | list[_Row]] = TypeAdapter(_Reply | list[_Row])


def _scores(body: bytes, count: int) -> list[float]:
    try:
        reply = _REPLY.validate_json(body)
    except ValidationError:
        raise ModelProtocolError("bad_json") from None
    rows = reply if isinstance(reply, list) else reply.rows
    places = [row.index for row in rows]
    if not rows or len(set(places)) < len(places) or not set(places) <= set(range(count)):
        raise ModelProtocolError("wrong_places")
    if not all(math.isfinite(row.score) for row in rows):
        raise ModelProtocolError("no_number")
    scores = [UNLISTED] * count
    for row in rows:
        scores[row.index] = row.score
    return scores

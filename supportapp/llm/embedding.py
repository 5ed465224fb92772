"""Two ways to turn texts into vectors: on this machine, or at an OpenAI-compatible endpoint."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2
import numpy as np
from numpy.typing import NDArray
from openai import OpenAI
from pydantic import BaseModel, ValidationError

from supportapp.llm import minilm
from supportapp.llm.errors import (
    EmbeddingMismatch,
    EmbeddingUnavailable,
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
)
from supportapp.llm.faults import told_as_model_errors
from supportapp.llm.pacing import Pace
from supportapp.llm.values import Retries

Vectors = NDArray[np.float32]
Read = TypeVar("Read")
# 128 vectors of 3072 numbers are about 8 MB of JSON.
LARGEST_REPLY = 64_000_000


class LocalEmbedder:
    """all-MiniLM-L6-v2 in this process; loaded at the first call, shared by all instances."""

    name = minilm.NAME
    dimension = minilm.DIMENSION

    def __init__(self, *, bulk_threads: int = 2, folder: Path | None = None) -> None:
        self._bulk_threads = bulk_threads
        self._folder = folder

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A few texts run on the caller's thread; many run on `bulk_threads` threads."""
        return self._model().encode(texts, threads=self._bulk_threads)

    def warm(self) -> None:
        """Load the model now; raises `EmbeddingUnavailable` when it can't be used."""
        self._model()

    def _model(self) -> minilm.MiniLM:
        return minilm.load(self._folder or minilm.weights_folder())


class RemoteEmbedder:
    """Any OpenAI-compatible `/embeddings` endpoint. Safe to use from many threads.

    `model` is what the endpoint calls the model; `name` is what we do, where that differs.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        dimension: int,
        name: str = "",
        batch: int = 128,
        deadline: float = 10.0,
        retries: Retries | None = None,
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name or model
        self.dimension = dimension
        self._model = model
        self._pace = pace
        self._batch = batch
        self._deadline = deadline
        self._retries = retries or Retries(attempts=2)
        self._sleep = sleep
        self._client = OpenAI(
            base_url=base_url,
            # The client insists on a key; servers of one's own often have none.
            api_key=api_key or "none",
            max_retries=0,
            timeout=httpx2.Timeout(deadline, connect=min(deadline, 3.0)),
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Batches are sent one after another; each has its own deadline and retries."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), self._batch):
            batch = texts[start : start + self._batch]
            vectors[start : start + len(batch)] = self._asked(
                batch, partial(_checked, count=len(batch), dimension=self.dimension)
            )
        return vectors

    def probe(self) -> int:
        """Ask for one vector and return its dimension; raises `EmbeddingUnavailable`."""
        return self._asked(["dimension"], _dimension)

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _asked(self, texts: Sequence[str], read: Callable[[bytes], Read]) -> Read:
        """Send the texts until there is a reply that can be read, or no use in asking again."""
        attempt = 0
        while True:
            if self._pace is not None:
                self._pace.wait()
            try:
                with told_as_model_errors():
                    return read(self._request(texts))
            except EmbeddingUnavailable:
                raise
            except ModelError as error:
                wait = self._wait(error, attempt)
                if wait is None:
                    raise EmbeddingUnavailable(
                        f"{self.name}: {error.code} {error.reason}"
                    ) from None
            self._sleep(wait)
            attempt += 1

    def _wait(self, error: ModelError, attempt: int) -> float | None:
        if isinstance(error, ModelRejected | ModelTimeout):
            return None
        asked = error.retry_after if isinstance(error, ModelRateLimited) else None
        return self._retries.wait(attempt, asked)

    def _request(self, texts: Sequence[str]) -> bytes:
        """The reply's bytes, read piece by piece so that a dripping server meets the deadline."""
        end = time.monotonic() + self._deadline
        body = bytearray()
        with self._client.embeddings.with_streaming_response.create(
            model=self._model,
            # Endpoints refuse empty strings.
            input=[text or " " for text in texts],
            encoding_format="float",
        ) as response:
            for piece in response.iter_bytes():
                body += piece
                if time.monotonic() > end:
                    raise ModelTimeout("total")
                if len(body) > LARGEST_REPLY:
                    raise ModelProtocolError("too_large")
        return bytes(body)


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Reply(BaseModel):
    data: list[_Row]


def _rows(body: bytes) -> list[_Row]:
    try:
        return _Reply.model_validate_json(body).data
    except ValidationError:
        raise ModelProtocolError("bad_json") from None


def _dimension(body: bytes) -> int:
    rows = _rows(body)
    if len(rows) != 1:
        raise EmbeddingMismatch(f"asked for 1 vector, got {len(rows)}")
    return len(_checked(body, 1, len(rows[0].embedding))[0])


def _checked(body: bytes, count: int, dimension: int) -> Vectors:
    """Vectors in the order of the texts, of length 1; or a clear error."""
    rows = _rows(body)
    if [row.index for row in sorted(rows, key=_place)] != list(range(count)):
        raise EmbeddingMismatch(f"asked for {count} vectors, got {len(rows)}")
    lengths = {len(row.embedding) for row in rows}
    if lengths != {dimension}:
        raise EmbeddingMismatch(f"expected dimension {dimension}, got {sorted(lengths)}")
    vectors = np.array([row.embedding for row in sorted(rows, key=_place)], dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not norms.all():
        raise EmbeddingMismatch("a vector is zero or not finite")
    return np.asarray(vectors / norms, dtype=np.float32)


def _place(row: _Row) -> int:
    return row.index

"""Fill an embedding model beside those in use: in slices, from the worker, at its own pace.

What is left to do is what the database lacks, so a killed fill goes on where it stopped. Equal
texts are embedded once, in whatever workspace they are: a vector that is stored for a text is
copied. One process fills a model at a time; publications are embedded beside it as they come.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from supportapp.knowledge import embedders, embeddings, vector_indexes
from supportapp.knowledge.embedders import Endpoint, Purpose
from supportapp.knowledge.models import EmbeddingModel, Passage
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
FILL = "supportapp.knowledge.tasks.fill_model"
# A slice leaves the worker to others soon, and ends long before its event is sent again.
SLICE_SECONDS = 15.0
# So many passages at most are made at once, and no more than a request holds: each is kept.
BATCH = 256
# A fill that gave no sign of life for so long is taken up again, later after each failure.
QUIET = timedelta(seconds=45)
LONGEST_QUIET = timedelta(minutes=15)
# How much of the rate shown is the last batch's.
LATEST = 0.3
LOCK = 7_302_115
State = EmbeddingModel.State
Progress = Callable[[int, int], None]

_MISSING = """
    FROM knowledge_passage p
    WHERE p.generation_removed IS NULL AND (%(workspace)s::bigint IS NULL
      OR p.workspace_id = %(workspace)s) AND NOT EXISTS (
        SELECT FROM knowledge_passageembedding e
        WHERE e.passage_id = p.id AND e.model_id = %(model)s AND e.state = 'ready'
          AND e.lines IS NOT NULL)
"""
_KEEP = """
    ON CONFLICT (passage_id, model_id) DO UPDATE
    SET state = 'ready', vector = excluded.vector, lines = excluded.lines, error = '',
        updated_at = now()
    WHERE knowledge_passageembedding.state <> 'ready'
       OR knowledge_passageembedding.lines IS NULL
"""
_ROW = "(passage_id, model_id, state, vector, lines, error, attempts, updated_at)"
_COPY = f"""
    INSERT INTO knowledge_passageembedding {_ROW}
    SELECT p.id, %(model)s, 'ready', known.vector, known.lines, '', 0, now()
    FROM knowledge_passage p
    JOIN LATERAL (
        SELECT e.vector, e.lines FROM knowledge_passage q
        JOIN knowledge_passageembedding e ON e.passage_id = q.id
        WHERE q.content_hash = p.content_hash AND e.model_id = %(model)s AND e.state = 'ready'
          AND e.lines IS NOT NULL
        LIMIT 1
    ) known ON true
    WHERE p.id = ANY(%(passages)s) {_KEEP} RETURNING passage_id
"""  # noqa: S608  (names of our tables)
_STORE = f"""
    INSERT INTO knowledge_passageembedding {_ROW}
    SELECT p.id, %(model)s, 'ready', given.vector::vector, given.lines::halfvec[], '', 0, now()
    FROM unnest(%(hashes)s::text[], %(vectors)s::text[], %(lines)s::text[])
      AS given (content_hash, vector, lines)
    JOIN knowledge_passage p ON p.content_hash = given.content_hash
    WHERE p.id = ANY(%(passages)s) {_KEEP}
"""  # noqa: S608  (names of our tables)


@dataclass(frozen=True, slots=True)
class Filled:
    """How far a model's fill is: of how many live passages so many have a vector."""

    ready: int
    total: int
    passages_per_second: float = 0.0

    @property
    def missing(self) -> int:
        """Return how many passages have no vector yet."""
        return self.total - self.ready

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest takes at the present rate, where there is one."""
        rate = self.passages_per_second
        return self.missing / rate if rate > 0 else None


def progress(model: EmbeddingModel) -> Filled:
    """Count what is there and what is missing."""
    live = Passage.objects.filter(generation_removed__isnull=True).count()
    return Filled(live - missing(model), live, model.passages_per_second)


def missing(model: EmbeddingModel, workspace_id: int | None = None) -> int:
    """Return how many live passages have no vector under the model."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) {_MISSING}",
            {"model": model.pk, "workspace": workspace_id},
        )
        return int(cursor.fetchone()[0])


def start(model: EmbeddingModel, *, promise: bool = True) -> None:
    """Let a fill go on that was paused or never begun, and hand it to the worker."""
    with transaction.atomic():
        EmbeddingModel.objects.filter(pk=model.pk).exclude(state=State.RETIRED).update(
            is_paused=False, error="", failures=0, touched_at=timezone.now()
        )
        if promise:
            outbox.add(FILL, model_id=model.pk)


def pause(model: EmbeddingModel) -> bool:
    """Send the model nothing more until its fill is started again. False for one in use."""
    return bool(
        EmbeddingModel.objects.filter(pk=model.pk, state=State.FILLING).update(
            is_paused=True, passages_per_second=0.0
        )
    )


def run(model_id: int, *, seconds: float = SLICE_SECONDS) -> bool:
    """Fill for so long. Returns whether there is more to do at once.

    A model that is away, paused, being removed or filled by another process is left alone.
    """
    model = EmbeddingModel.objects.filter(pk=model_id).first()
    if model is None or not model.is_live:
        return False
    with _alone(model_id) as is_ours:
        if not is_ours:
            return False
        try:
            is_done = Filler(model).run(seconds)
        except EmbeddingUnavailable as error:
            _note_failure(model, error)
            return False
    if is_done:
        finish(model)
    return not is_done


def run_here(model: EmbeddingModel, progress: Progress) -> bool:
    """Fill to the end in this process. False where another one is at it.

    Raises EmbeddingUnavailable.
    """
    start(model, promise=False)
    with _alone(model.pk) as is_ours:
        if is_ours and Filler(model).run(progress=progress):
            finish(model)
    return is_ours


class Filler:
    """Makes the vectors that a model lacks, in one workspace or in all."""

    def __init__(self, model: EmbeddingModel, workspace_id: int | None = None) -> None:
        self._model = model
        self._workspace_id = workspace_id
        self._embedder = embedders.of(Endpoint.of(model), Purpose.FILLING)

    def run(self, seconds: float = float("inf"), progress: Progress | None = None) -> bool:
        """Fill for so long; returns whether nothing is missing. Raises EmbeddingUnavailable."""
        end = time.monotonic() + seconds
        total = missing(self._model, self._workspace_id) if progress else 0
        done = after = 0
        while passages := self._next(after):
            if not self._may_go_on():
                return False
            began = time.monotonic()
            self._fill(passages)
            done, after = done + len(passages), passages[-1].pk
            self._note(len(passages) / max(time.monotonic() - began, 1e-3))
            if progress:
                progress(done, max(total, done))
            if time.monotonic() >= end:
                return False
        return missing(self._model, self._workspace_id) == 0

    def _next(self, after: int) -> list[Passage]:
        return list(
            Passage.objects.raw(
                f"SELECT p.* {_MISSING} AND p.id > %(after)s ORDER BY p.id LIMIT %(most)s",
                {
                    "model": self._model.pk,
                    "workspace": self._workspace_id,
                    "after": after,
                    "most": min(BATCH, self._model.batch),
                },
            )
        )

    def _may_go_on(self) -> bool:
        now = EmbeddingModel.objects.filter(pk=self._model.pk).first()
        return now is not None and (now.is_live or self._workspace_id is not None)

    def _fill(self, passages: Sequence[Passage]) -> None:
        given: dict[str, int | list[int] | list[str]] = {
            "model": self._model.pk,
            "passages": [passage.pk for passage in passages],
        }
        with connection.cursor() as cursor:
            cursor.execute(_COPY, given)
            copied = {row[0] for row in cursor.fetchall()}
        texts = {
            passage.content_hash: passage.embedded
            for passage in passages
            if passage.pk not in copied
        }
        if not texts:
            return
        vectors = embeddings.vectors_for(texts.values(), self._model, self._embedder)
        wholes, lines = zip(*(each.written() for each in vectors), strict=True)
        given |= {"hashes": list(texts), "vectors": list(wholes), "lines": list(lines)}
        with connection.cursor() as cursor:
            cursor.execute(_STORE, given)

    def _note(self, rate: float) -> None:
        before = self._model.passages_per_second
        self._model.passages_per_second = before + LATEST * (rate - before) if before else rate
        EmbeddingModel.objects.filter(pk=self._model.pk).update(
            passages_per_second=self._model.passages_per_second,
            touched_at=timezone.now(),
            error="",
            failures=0,
        )


def finish(model: EmbeddingModel) -> None:
    """Let a filled model stand by."""
    vector_indexes.ensure(model)
    EmbeddingModel.objects.filter(pk=model.pk).update(passages_per_second=0.0)
    if EmbeddingModel.objects.filter(pk=model.pk, state=State.FILLING).update(state=State.STANDBY):
        logger.info("embedding_model.filled", extra={"fields": {"model": model.pk}})


def unfinished(now: datetime) -> list[int]:
    """Return the models whose fill stopped without an end: its worker died, its model was away."""
    filling = EmbeddingModel.objects.filter(state=State.FILLING, is_paused=False)
    return [model.pk for model in filling if now - _touched(model) > _pause(model)]


def _touched(model: EmbeddingModel) -> datetime:
    return model.touched_at or model.created_at


def _pause(model: EmbeddingModel) -> timedelta:
    return min(QUIET * (1 << min(model.failures, 10)), LONGEST_QUIET)


def _note_failure(model: EmbeddingModel, error: EmbeddingUnavailable) -> None:
    EmbeddingModel.objects.filter(pk=model.pk).update(
        error=str(error)[:300],
        failures=F("failures") + 1,
        passages_per_second=0.0,
        touched_at=timezone.now(),
    )
    fields = {"model": model.pk, "error": error.code}
    logger.warning("embedding_model.fill_failed", extra={"fields": fields})


@contextmanager
def _alone(model_id: int) -> Iterator[bool]:
    """Hold a lock that ends with this connection, so that a killed fill holds up nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, model_id])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, model_id])

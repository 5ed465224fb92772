"""Vectors of passages: which model makes them, where they wait, what went wrong.

A passage is live before its vector is there: it is found by its words meanwhile. What waits or
failed is taken up by `embed_missing`, each time after a longer pause.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from supportapp.knowledge import centres
from supportapp.knowledge.models import EmbeddingModel, Passage, PassageEmbedding, Workspace
from supportapp.llm.embedding import LocalEmbedder, RemoteEmbedder
from supportapp.llm.errors import EmbeddingMismatch, EmbeddingUnavailable
from supportapp.llm.protocols import Embedder

logger = logging.getLogger(__name__)
Vectors = NDArray[np.float32]
BATCH = 128
# One lock for all index building: two processes at once would fail on the same name.
INDEX_LOCK = 7_302_114
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
# What was stored moments ago is being embedded by whoever stored it.
GRACE = timedelta(seconds=60)
State = PassageEmbedding.State


@dataclass(frozen=True)
class Embedded:
    """How many vectors were made, and how many couldn't be."""

    ready: int = 0
    failed: int = 0

    def __add__(self, other: Embedded) -> Embedded:
        return Embedded(self.ready + other.ready, self.failed + other.failed)


@cache
def _embedder(kind: str, name: str, dimension: int, url: str, key: str) -> Embedder:
    if kind == "openai":
        return RemoteEmbedder(
            base_url=url or "https://api.openai.com/v1",
            api_key=key,
            model=name,
            dimension=dimension,
        )
    return LocalEmbedder()


def current_embedder() -> Embedder:
    """Return the embedder that the settings name; one a process."""
    return _embedder(
        settings.EMBEDDINGS,
        settings.EMBEDDING_MODEL,
        settings.EMBEDDING_DIMENSION,
        settings.OPENAI_BASE_URL,
        settings.OPENAI_API_KEY,
    )


def ensure_model(name: str, dimension: int) -> EmbeddingModel:
    """Return the model's row with its vector index, making both where they are missing.

    The first model becomes the active one; others are being filled until someone switches.
    Raises EmbeddingMismatch where vectors of another length are stored under this name.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INDEX_LOCK])
        model = EmbeddingModel.objects.filter(name=name).first()
        if model is None:
            is_first = not EmbeddingModel.objects.filter(state=EmbeddingModel.State.ACTIVE).exists()
            states = EmbeddingModel.State
            state = states.ACTIVE if is_first else states.FILLING
            model = EmbeddingModel.objects.create(name=name, dimension=dimension, state=state)
        if model.dimension != dimension:
            raise EmbeddingMismatch(
                f"{name} is stored with {model.dimension} dimensions, but gives {dimension}."
            )
        _ensure_index(model)
    return model


def index_name(model: EmbeddingModel) -> str:
    """Return the name of the model's own index."""
    return f"embedding_vector_{model.pk}"


def _ensure_index(model: EmbeddingModel) -> None:
    """Make the partial index; inside a transaction, where CONCURRENTLY isn't possible.

    The table is small when a model is new. The numbers are ours, so they may stand in the SQL.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [index_name(model)])
        if cursor.fetchone()[0] is None:
            # A table whose foreign keys wait to be checked can't get an index.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(
                f"CREATE INDEX {index_name(model)} ON {PassageEmbedding._meta.db_table} USING hnsw"
                f" ((vector::vector({model.dimension})) vector_cosine_ops)"
                f" WHERE model_id = {model.pk}"
            )


def ensure_current_model() -> EmbeddingModel:
    """Return the row of the model that the settings name."""
    embedder = current_embedder()
    return ensure_model(embedder.name, embedder.dimension)


def embed_revision(revision_id: int) -> Embedded:
    """Embed what waits or failed of one revision's live passages."""
    return embed_pending(PassageEmbedding.objects.filter(passage__revision=revision_id))


def embed_generation(workspace_id: int, generation: int) -> Embedded:
    """Embed what waits of the passages that came with one generation."""
    rows = PassageEmbedding.objects.filter(
        passage__workspace=workspace_id, passage__generation_added=generation
    )
    return embed_pending(rows)


def waiting(workspace: Workspace) -> QuerySet[PassageEmbedding]:
    """Return the vectors that the current model has still to make for a workspace."""
    return PassageEmbedding.objects.exclude(state=State.READY).filter(
        passage__workspace=workspace,
        passage__generation_removed__isnull=True,
        model__name=current_embedder().name,
    )


def embed_missing(now: datetime, *, most: int = 2000) -> Embedded:
    """Embed what waited too long or failed, where its pause is over."""
    rows = PassageEmbedding.objects.filter(_is_due(now)).order_by("updated_at")
    return embed_pending(rows, most=most)


def _is_due(now: datetime) -> Q:
    due = Q(state=State.PENDING, updated_at__lt=now - GRACE)
    pause = FIRST_PAUSE
    for attempts in range(1, 10):
        due |= Q(state=State.FAILED, attempts=attempts, updated_at__lt=now - pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return due | Q(state=State.FAILED, attempts__gte=10, updated_at__lt=now - LONGEST_PAUSE)


def embed_pending(rows: QuerySet[PassageEmbedding], *, most: int | None = None) -> Embedded:
    """Embed those of the rows that have no vector yet, batch by batch; each batch is kept.

    Failures are written down with their reason, never raised: `embed_missing` tries them again.
    """
    embedder = current_embedder()
    todo = (
        rows.exclude(state=State.READY)
        .filter(model__name=embedder.name, passage__generation_removed__isnull=True)
        .select_related("passage", "model")
    )
    wanted = list(todo[:most] if most else todo)
    result = Embedded()
    for start in range(0, len(wanted), BATCH):
        done = _embed_batch(wanted[start : start + BATCH], embedder)
        result += done
        if done.failed:
            # The model is away: the rest of them would wait for it one after another.
            break
    if result.ready:
        for workspace in {row.passage.workspace_id for row in wanted}:
            centres.renew(workspace)
    return result


def _embed_batch(rows: Sequence[PassageEmbedding], embedder: Embedder) -> Embedded:
    try:
        vectors = embed_texts([row.passage.embedding_text for row in rows], embedder)
    except EmbeddingUnavailable as error:
        _note_failure(rows, str(error) or error.code)
        return Embedded(failed=len(rows))
    _keep(rows, vectors)
    return Embedded(ready=len(rows))


def embed_texts(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Return one vector a text; raises EmbeddingMismatch on any other shape."""
    vectors = embedder.embed(texts)
    if vectors.shape != (len(texts), embedder.dimension):
        raise EmbeddingMismatch(
            f"{embedder.name} gave vectors of shape {vectors.shape}, not"
            f" {(len(texts), embedder.dimension)}."
        )
    return vectors


def _keep(rows: Sequence[PassageEmbedding], vectors: Vectors) -> None:
    texts = ["[" + ",".join(f"{number:.8g}" for number in row) + "]" for row in vectors.tolist()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_passageembedding e SET state = 'ready', error = '',"
            " vector = given.vector::vector, updated_at = now()"
            " FROM unnest(%s::bigint[], %s::text[]) AS given (id, vector)"
            " WHERE e.id = given.id AND e.state <> 'ready'",
            [[row.pk for row in rows], texts],
        )


def _note_failure(rows: Sequence[PassageEmbedding], reason: str) -> None:
    PassageEmbedding.objects.filter(pk__in=[row.pk for row in rows]).exclude(
        state=State.READY
    ).update(
        state=State.FAILED,
        error=reason[:300],
        attempts=F("attempts") + 1,
        updated_at=timezone.now(),
    )
    logger.warning("embedding.failed", extra={"fields": {"passages": len(rows)}})


def retry(rows: QuerySet[PassageEmbedding]) -> int:
    """Let failed vectors be tried at once, whatever their pause."""
    return rows.filter(state=State.FAILED).update(
        state=State.PENDING, attempts=0, updated_at=timezone.now() - 2 * GRACE
    )


def fill(model: EmbeddingModel) -> int:
    """Make pending vectors of a model for live passages that have none. Returns how many."""
    missing = Passage.objects.filter(generation_removed__isnull=True).exclude(
        embeddings__model=model
    )
    rows = [PassageEmbedding(passage=passage, model=model) for passage in missing.iterator()]
    return len(PassageEmbedding.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True))


def forget_old(now: datetime, keep: timedelta) -> int:
    """Delete vectors of passages that were taken out long ago: they slow every search."""
    cutoff = now - keep
    old = PassageEmbedding.objects.filter(
        passage__generation_removed__isnull=False, updated_at__lt=cutoff
    )
    return old.delete()[0]

"""Vectors of passages: which model makes them, where they wait, what went wrong.

A passage is live before its vector is there: it is found by its words meanwhile. What waits or
failed is taken up by `embed_missing`, each time after a longer pause.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from supportapp.knowledge import embedders, text_vectors, vector_indexes
from supportapp.knowledge.embedders import Endpoint, Purpose
from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding, Workspace
from supportapp.knowledge.text_vectors import TextVectors
from supportapp.llm.errors import EmbeddingMismatch, EmbeddingUnavailable
from supportapp.llm.protocols import Embedder

logger = logging.getLogger(__name__)
BATCH = 128
# One lock for all making of models: two processes at once would fail on the same name.
INDEX_LOCK = 7_302_114
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
# What was stored moments ago is being embedded by whoever stored it.
GRACE = timedelta(seconds=60)
State = PassageEmbedding.State
# What an older version stored has no lines yet: it is found as before until they are made.
UNMADE = ~Q(state=State.READY) | Q(lines__isnull=True)
ModelState = EmbeddingModel.State


@dataclass(frozen=True)
class Embedded:
    """How many vectors were made, and how many couldn't be."""

    ready: int = 0
    failed: int = 0

    def __add__(self, other: Embedded) -> Embedded:
        return Embedded(self.ready + other.ready, self.failed + other.failed)


def current_embedder(purpose: Purpose = Purpose.QUESTION) -> Embedder:
    """Return the active model's embedder, read afresh: a switch counts from the next call on."""
    return embedders.of(Endpoint.active(), purpose)


def ensure_model(name: str, dimension: int) -> EmbeddingModel:
    """Return the model's row with its vector index, making both where they are missing.

    The first model becomes the active one; others are being filled until someone switches.
    Raises EmbeddingMismatch where vectors of another length are stored under this name.
    """
    known = Endpoint.from_settings()
    if known.name != name:
        known = Endpoint(name, EmbeddingModel.Kind.LOCAL)
    return ensure_endpoint(replace(known, dimension=dimension))


def ensure_endpoint(endpoint: Endpoint) -> EmbeddingModel:
    """Do what `ensure_model` does, for a model wherever it is served."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [INDEX_LOCK])
        model = EmbeddingModel.objects.filter(name=endpoint.name).first()
        if model is None:
            is_first = not EmbeddingModel.objects.filter(state=EmbeddingModel.State.ACTIVE).exists()
            states = EmbeddingModel.State
            state = states.ACTIVE if is_first else states.FILLING
            model = EmbeddingModel.objects.create(**asdict(endpoint), state=state)
        if model.dimension != endpoint.dimension:
            raise EmbeddingMismatch(
                f"{model.name} is stored with {model.dimension} dimensions, but gives"
                f" {endpoint.dimension}."
            )
        vector_indexes.ensure(model)
    return model


def ensure_current_model() -> EmbeddingModel:
    """Return the active model's row; the settings' becomes that where there is none."""
    return ensure_endpoint(Endpoint.active())


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
    return PassageEmbedding.objects.filter(
        UNMADE,
        passage__workspace=workspace,
        passage__generation_removed__isnull=True,
        model__name=current_embedder().name,
    )


def embed_missing(now: datetime, *, most: int = 2000) -> Embedded:
    """Embed what waited too long or failed, where its pause is over; filling has its own way."""
    rows = PassageEmbedding.objects.filter(
        _is_due(now), model__state__in=(ModelState.ACTIVE, ModelState.STANDBY)
    )
    return embed_pending(rows.order_by("updated_at"), most=most)


def _is_due(now: datetime) -> Q:
    due = Q(state=State.PENDING, updated_at__lt=now - GRACE)
    due |= Q(state=State.READY, lines__isnull=True)
    pause = FIRST_PAUSE
    for attempts in range(1, 10):
        due |= Q(state=State.FAILED, attempts=attempts, updated_at__lt=now - pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return due | Q(state=State.FAILED, attempts__gte=10, updated_at__lt=now - LONGEST_PAUSE)


def embed_pending(rows: QuerySet[PassageEmbedding], *, most: int | None = None) -> Embedded:
    """Embed those of the rows that have no vector yet, batch by batch; each batch is kept.

    Each live model embeds its own. Failures are written down with their reason, never raised:
    `embed_missing` tries them again.
    """
    live = EmbeddingModel.objects.exclude(state=ModelState.RETIRED).filter(is_paused=False)
    result = Embedded()
    for model in live.order_by("state", "pk"):  # the active one first
        todo = rows.filter(UNMADE, model=model, passage__generation_removed__isnull=True)
        result += _embed(list(todo.select_related("passage")[:most]), model)
    return result


def _embed(rows: Sequence[PassageEmbedding], model: EmbeddingModel) -> Embedded:
    embedder = embedders.of(Endpoint.of(model), Purpose.PUBLICATION)
    result = Embedded()
    for start in range(0, len(rows), BATCH):
        done = _embed_batch(rows[start : start + BATCH], model, embedder)
        result += done
        if done.failed:
            # The model is away: the rest of them would wait for it one after another.
            break
    return result


def _embed_batch(
    rows: Sequence[PassageEmbedding], model: EmbeddingModel, embedder: Embedder
) -> Embedded:
    texts = {row.passage.content_hash: row.passage.embedded for row in rows}
    try:
        made = dict(zip(texts, vectors_for(texts.values(), model, embedder), strict=True))
    except EmbeddingUnavailable as error:
        _note_failure(rows, str(error) or error.code)
        return Embedded(failed=len(rows))
    _keep(rows, [made[row.passage.content_hash] for row in rows])
    return Embedded(ready=len(rows))


def vectors_for(
    texts: Collection[Sequence[str]], model: EmbeddingModel, embedder: Embedder
) -> list[TextVectors]:
    """Return the vectors of each text, such as may be stored under the model."""
    if embedder.dimension != model.dimension:
        raise EmbeddingMismatch(
            f"{model.name} is stored with {model.dimension} dimensions, but gives"
            f" {embedder.dimension}."
        )
    return text_vectors.embed(list(texts), embedder)


def _keep(rows: Sequence[PassageEmbedding], vectors: Sequence[TextVectors]) -> None:
    wholes, lines = zip(*(each.written() for each in vectors), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_passageembedding e SET state = 'ready', error = '',"
            " vector = given.vector::vector, lines = given.lines::halfvec[], updated_at = now()"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (id, vector, lines)"
            " WHERE e.id = given.id AND (e.state <> 'ready' OR e.lines IS NULL)",
            [[row.pk for row in rows], list(wholes), list(lines)],
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
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knowledge_passageembedding"
            " (passage_id, model_id, state, error, attempts, updated_at)"
            " SELECT p.id, %(model)s, 'pending', '', 0, now() FROM knowledge_passage p"
            " WHERE p.generation_removed IS NULL AND NOT EXISTS (SELECT FROM"
            " knowledge_passageembedding e WHERE e.passage_id = p.id AND e.model_id = %(model)s)"
            " ON CONFLICT DO NOTHING",
            {"model": model.pk},
        )
        return int(cursor.rowcount)


def forget_old(now: datetime, keep: timedelta) -> int:
    """Delete vectors of passages that were taken out long ago: they slow every search."""
    cutoff = now - keep
    old = PassageEmbedding.objects.filter(
        passage__generation_removed__isnull=False, updated_at__lt=cutoff
    )
    return old.delete()[0]

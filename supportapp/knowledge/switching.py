"""Add an embedding model, let it answer, go back to the one before, and remove one.

A switch is two rows in one transaction. Whoever searches reads the active model with each search,
so every process asks the new one from its next question on; the old one's vectors stay, and are
kept up to date, until it is removed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial

from django.db import connection, transaction
from django.utils import timezone

from supportapp.knowledge import embedders, embeddings, filling, vector_indexes
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding
from supportapp.llm import minilm
from supportapp.llm.embedding import RemoteEmbedder
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.values import Retries
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
REMOVE = "supportapp.knowledge.tasks.remove_model"
PROBE_SECONDS = 20.0
BATCH = 2000
State = EmbeddingModel.State


class Refused(Exception):
    """What was asked can't be done now; the message says why, for staff to read."""


@dataclass(frozen=True, slots=True)
class Switched:
    """Which model answered before, which does now, and what the new one lacks."""

    before: EmbeddingModel | None
    now: EmbeddingModel
    missing: int


def probed(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with the dimension of its vectors. Raises Refused with the reason."""
    if endpoint.kind == EmbeddingModel.Kind.LOCAL:
        if endpoint.name != minilm.NAME:
            raise Refused(f"On this machine there is one model: {minilm.NAME}.")
        return replace(endpoint, dimension=minilm.DIMENSION)
    base_url, key = endpoint.address
    embedder = RemoteEmbedder(
        base_url=base_url,
        api_key=key,
        model=endpoint.served_name or endpoint.name,
        dimension=1,
        deadline=PROBE_SECONDS,
        retries=Retries(attempts=1),
    )
    try:
        dimension = embedder.probe()
    except EmbeddingUnavailable as error:
        raise Refused(_explained(str(error), base_url)) from None
    finally:
        embedder.close()
    if dimension > vector_indexes.LONGEST:
        raise Refused(
            f"Its vectors have {dimension} dimensions; at most {vector_indexes.LONGEST} can be"
            " searched."
        )
    return replace(endpoint, dimension=dimension)


_REASONS = (
    ("status_401", "refuses the key, or wants one"),
    ("status_403", "refuses the key"),
    ("status_404", "doesn’t know this address or this model"),
    ("model_rejected", "refuses the request"),
    ("model_rate_limited", "asks to wait: too many requests"),
    ("model_timeout", "didn’t answer in time"),
    ("connection", "can’t be reached"),
    ("status_5", "is failing"),
    ("model_protocol_error", "doesn’t speak the protocol of OpenAI’s embeddings"),
    ("asked for", "sends other than one vector a text"),
    ("zero or not finite", "sends a vector without a direction"),
)


def _explained(error: str, base_url: str) -> str:
    reason = next((words for mark, words in _REASONS if mark in error), "can’t be used")
    return f"The endpoint {base_url} {reason} ({error})."


def add(endpoint: Endpoint) -> EmbeddingModel:
    """Probe an endpoint and keep it. Nothing more is sent before its fill is started."""
    if EmbeddingModel.objects.filter(name=endpoint.name).exists():
        raise Refused(f"There is a model named {endpoint.name}.")
    return keep(probed(endpoint))


def keep(endpoint: Endpoint) -> EmbeddingModel:
    """Keep an endpoint that was probed, with an empty index that holds up nobody."""
    EmbeddingModel.objects.bulk_create(
        [EmbeddingModel(**_columns(endpoint), state=State.FILLING, is_paused=True)],
        ignore_conflicts=True,
    )
    model = EmbeddingModel.objects.get(name=endpoint.name)
    transaction.on_commit(partial(vector_indexes.ensure, model))
    return model


def _columns(endpoint: Endpoint) -> dict[str, str | int]:
    return {field: getattr(endpoint, field) for field in Endpoint.__slots__}


def switch(model: EmbeddingModel, *, force: bool = False) -> Switched:
    """Let the model answer from the next question on. Raises Refused unless it is filled.

    Forced, what is missing is made in the background; until then it is found by words.
    """
    if not force and (lacking := filling.missing(model)):
        raise Refused(
            f"{model.name} has no vector for {lacking:,} passage{'s' if lacking > 1 else ''} yet."
        )
    switched = _switched(model)
    logger.info(
        "embedding_model.switched",
        extra={"fields": {"model": model.pk, "missing": switched.missing}},
    )
    return switched


def _switched(model: EmbeddingModel) -> Switched:
    with transaction.atomic():
        rows = {row.pk: row for row in EmbeddingModel.objects.select_for_update(no_key=True)}
        now = rows.get(model.pk)
        if now is None or now.state == State.RETIRED:
            raise Refused(f"{model.name} is being removed.")
        before = next((row for row in rows.values() if row.state == State.ACTIVE), None)
        if before is not None and before.pk == now.pk:
            raise Refused(f"{model.name} is the active model.")
        if before is not None:
            before.state, before.active_until = State.STANDBY, timezone.now()
            before.save(update_fields=["state", "active_until"])
        now.state, now.is_paused = State.ACTIVE, False
        now.save(update_fields=["state", "is_paused"])
    lacking = filling.missing(now)
    if lacking:
        embeddings.fill(now)
    return Switched(before, now, lacking)


def previous() -> EmbeddingModel | None:
    """Return the model that was active last, where it still stands by."""
    return (
        EmbeddingModel.objects.filter(state=State.STANDBY, active_until__isnull=False)
        .order_by("-active_until")
        .first()
    )


def rollback() -> Switched:
    """Let the model answer that did before, whatever it lacks. Raises Refused without one."""
    model = previous()
    if model is None:
        raise Refused("No model that was active before stands by.")
    return switch(model, force=True)


def vectors_of(model: EmbeddingModel) -> int:
    """Return how many vectors removing the model would remove."""
    return PassageEmbedding.objects.filter(model=model).count()


def retire(model: EmbeddingModel) -> int:
    """Have the worker remove a model with its vectors and its index. Returns how many vectors.

    Raises Refused for the active one.
    """
    with transaction.atomic():
        if not (
            EmbeddingModel.objects.filter(pk=model.pk)
            .exclude(state=State.ACTIVE)
            .update(state=State.RETIRED)
        ):
            raise Refused(f"{model.name} is the active model: switch to another one first.")
        count = vectors_of(model)
        outbox.add(REMOVE, model_id=model.pk)
    return count


def remove(model_id: int) -> int:
    """Remove a retired model: its index, its vectors batch by batch, its row. Safe to repeat."""
    model = EmbeddingModel.objects.filter(pk=model_id, state=State.RETIRED).first()
    if model is None:
        return 0
    vector_indexes.remove(model)
    count = 0
    while removed := _remove_batch(model):
        count += removed
    with transaction.atomic():
        # Waits for publications that began while it was live; they may have brought vectors.
        if not EmbeddingModel.objects.select_for_update().filter(pk=model.pk).exists():
            return count
        count += PassageEmbedding.objects.filter(model=model).delete()[0]
        model.delete()
    embedders.forget()
    fields = {"model": model_id, "vectors": count}
    logger.info("embedding_model.removed", extra={"fields": fields})
    return count


def _remove_batch(model: EmbeddingModel) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM knowledge_passageembedding WHERE id IN (SELECT id"
            " FROM knowledge_passageembedding WHERE model_id = %s LIMIT %s)",
            [model.pk, BATCH],
        )
        return int(cursor.rowcount)

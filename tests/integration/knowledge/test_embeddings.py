"""Vectors: made, reused, refused when wrong, visible when they fail, and tried again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from supportapp.knowledge import embeddings, tasks, vector_indexes
from supportapp.knowledge.models import (
    Article,
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.outbox import events as outbox
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory
from tests.fakes.model_server import ModelServer

LATER = timedelta(minutes=5)


def published() -> Article:
    article: Article = ArticleFactory(is_published=True)
    return article


def the_row() -> PassageEmbedding:
    return PassageEmbedding.objects.get()


def test_the_task_embeds_what_was_published_and_counts_once(workspace: Workspace):
    published()
    event = OutboxEvent.objects.get()

    tasks.embed_revision(**event.payload, event_id=str(event.pk))
    tasks.embed_revision(**event.payload, event_id=str(event.pk))

    event.refresh_from_db()
    assert (the_row().state, event.state) == ("ready", "done")
    assert len(the_row().vector) == 384


def test_every_model_has_a_partial_index_of_its_own(workspace: Workspace):
    model = embeddings.ensure_model("second", 3)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [vector_indexes.name_of(model)]
        )
        definition = cursor.fetchone()[0]
    assert "hnsw" in definition
    assert f"WHERE (model_id = {model.pk})" in definition
    assert model.state == EmbeddingModel.State.FILLING


def test_a_model_of_another_dimension_under_the_same_name_is_refused(workspace: Workspace):
    with pytest.raises(EmbeddingMismatch, match="384 dimensions"):
        embeddings.ensure_model("all-MiniLM-L6-v2", 3)


def test_a_failed_embedding_keeps_its_reason_and_is_tried_again(embedding_server: ModelServer):
    embedding_server.fault("500", on="embeddings").times(3)
    article = published()
    assert article.published is not None

    first = embeddings.embed_revision(article.published.pk)

    assert (first.failed, the_row().state, the_row().attempts) == (1, "failed", 1)
    assert the_row().error
    assert Passage.objects.get().generation_removed is None
    assert embeddings.embed_missing(timezone.now()).ready == 0, "its pause isn't over"

    assert embeddings.embed_missing(timezone.now() + LATER).ready == 1
    assert (the_row().state, the_row().error) == ("ready", "")


def test_pauses_between_attempts_grow(embedding_server: ModelServer):
    published()
    PassageEmbedding.objects.update(state="failed", attempts=6)

    assert embeddings.embed_missing(timezone.now() + timedelta(seconds=100)).ready == 0
    assert embeddings.embed_missing(timezone.now() + timedelta(seconds=400)).ready == 1


def test_staff_may_have_failed_vectors_tried_at_once(embedding_server: ModelServer):
    published()
    PassageEmbedding.objects.update(state="failed", attempts=9)

    embeddings.retry(PassageEmbedding.objects.all())

    assert embeddings.embed_missing(timezone.now()).ready == 1


def test_vectors_of_the_wrong_length_are_never_stored(embedding_server: ModelServer):
    embedding_server.fault("wrong_dimension")
    article = published()
    assert article.published is not None

    embeddings.embed_revision(article.published.pk)

    assert (the_row().state, the_row().vector) == ("failed", None)
    assert "dimension" in the_row().error


def test_a_vector_lost_by_a_crash_is_found_by_the_sweep(workspace: Workspace):
    published()
    OutboxEvent.objects.all().delete()

    assert tasks.embed_missing() == 0, "it is too young to have been forgotten"
    assert embeddings.embed_missing(timezone.now() + LATER).ready == 1


def test_a_new_model_gets_vectors_to_fill(workspace: Workspace):
    published()
    model = embeddings.ensure_model("second", 3)

    assert embeddings.fill(model) == 1
    assert embeddings.fill(model) == 0


def test_vectors_of_passages_long_gone_are_forgotten(workspace: Workspace):
    article = published()
    Passage.objects.filter(article=article).update(generation_removed=1)

    assert embeddings.forget_old(timezone.now(), LATER) == 0
    assert embeddings.forget_old(timezone.now() + 2 * LATER, LATER) == 1


def test_the_task_for_a_batch_embeds_its_generation(workspace: Workspace):
    published()
    event = outbox.add(
        "supportapp.knowledge.tasks.embed_generation", workspace_id=workspace.pk, generation=1
    )

    tasks.embed_generation(**event.payload, event_id=str(event.pk))

    assert the_row().state == "ready"

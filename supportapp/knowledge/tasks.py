"""Celery's door: vectors and imports, made in the background."""

from datetime import timedelta

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from supportapp.knowledge import embeddings, filling, jobs, switching
from supportapp.outbox import events as outbox

KEEP_VECTORS = timedelta(days=30)


@shared_task(
    name="supportapp.knowledge.tasks.embed_revision", acks_late=True, reject_on_worker_lost=True
)
def embed_revision(revision_id: int, event_id: str) -> None:
    """Embed a revision that was just published."""
    with outbox.once(event_id) as first:
        if first:
            embeddings.embed_revision(revision_id)


@shared_task(
    name="supportapp.knowledge.tasks.embed_generation", acks_late=True, reject_on_worker_lost=True
)
def embed_generation(workspace_id: int, generation: int, event_id: str) -> None:
    """Embed what one batch of an import brought."""
    with outbox.once(event_id) as first:
        if first:
            embeddings.embed_generation(workspace_id, generation)


@shared_task(name="supportapp.knowledge.tasks.embed_missing")
def embed_missing() -> int:
    """Take up vectors that wait or failed. Returns how many were made."""
    return embeddings.embed_missing(timezone.now()).ready


@shared_task(
    name="supportapp.knowledge.tasks.fill_model", acks_late=True, reject_on_worker_lost=True
)
def fill_model(model_id: int, event_id: str) -> None:
    """Fill an embedding model for a while; the rest is promised anew."""
    with_more = filling.run(model_id)
    with outbox.once(event_id) as first:
        if first and with_more:
            outbox.add(filling.FILL, model_id=model_id)


@shared_task(
    name="supportapp.knowledge.tasks.remove_model", acks_late=True, reject_on_worker_lost=True
)
def remove_model(model_id: int, event_id: str) -> None:
    """Remove a retired embedding model. Running it again goes on where it stopped."""
    switching.remove(model_id)
    with outbox.once(event_id):
        pass


@shared_task(name="supportapp.knowledge.tasks.go_on_filling")
def go_on_filling() -> int:
    """Take up fills that stopped without an end. Returns how many."""
    stopped = filling.unfinished(timezone.now())
    for model_id in stopped:
        outbox.add(filling.FILL, model_id=model_id)
    return len(stopped)


@shared_task(
    name="supportapp.knowledge.tasks.run_import", acks_late=True, reject_on_worker_lost=True
)
def run_import(job_id: int, event_id: str) -> None:
    """Import the files that staff uploaded. Running it again goes on where it stopped."""
    try:
        is_done = jobs.run(job_id, timezone.now())
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    if is_done:
        with outbox.once(event_id):
            pass


@shared_task(name="supportapp.knowledge.tasks.tidy")
def tidy() -> None:
    """Forget vectors of passages long gone and uploads that nobody went on with."""
    embeddings.forget_old(timezone.now(), KEEP_VECTORS)
    jobs.forget_abandoned(timezone.now())

"""Celery's door."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError

from supportapp.conversations import mailing, remembered, shadows, titles, turns
from supportapp.outbox import events as outbox


@contextmanager
def _until_done(event_id: str) -> Iterator[None]:
    """Mark an event done after work that may be begun again: what it stores once stays."""
    try:
        yield
    except DatabaseError as error:
        outbox.failed(event_id, error)
        raise
    with outbox.once(event_id):
        pass


@shared_task(name="supportapp.conversations.tasks.sweep_turns", ignore_result=True)
def sweep_turns() -> int:
    """Mark turns interrupted whose process died."""
    return turns.sweep()


@shared_task(
    name="supportapp.conversations.tasks.run_shadow", acks_late=True, reject_on_worker_lost=True
)
def run_shadow(turn_id: str, rollout_id: int, event_id: str) -> None:
    """Let a candidate answer a turn that is over. What is stored once stays."""
    with _until_done(event_id):
        shadows.run(UUID(turn_id), rollout_id)


@shared_task(
    name="supportapp.conversations.tasks.name_conversation",
    acks_late=True,
    reject_on_worker_lost=True,
)
def name_conversation(turn_id: str, event_id: str) -> None:
    """Have a model name a conversation."""
    with _until_done(event_id):
        titles.name(UUID(turn_id))


@shared_task(
    name="supportapp.conversations.tasks.check_remembered",
    acks_late=True,
    reject_on_worker_lost=True,
)
def check_remembered(turn_id: str, event_id: str) -> None:
    """Answer a question that was served from memory anew, and compare."""
    with _until_done(event_id):
        remembered.check(UUID(turn_id))


@shared_task(
    name="supportapp.conversations.tasks.mail_message", acks_late=True, reject_on_worker_lost=True
)
def mail_message(message_id: int, event_id: str) -> None:
    """Mail a message. Delivered twice, it is mailed once."""
    try:
        mailing.send(message_id)
    except mailing.NotSent as error:
        outbox.failed(event_id, error)
        return
    with outbox.once(event_id):
        pass

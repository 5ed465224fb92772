"""Celery's door."""

from celery import shared_task

from supportapp.conversations import turns


@shared_task(name="supportapp.conversations.tasks.sweep_turns", ignore_result=True)
def sweep_turns() -> int:
    """Mark turns interrupted whose process died."""
    return turns.sweep()

"""Celery's door."""

from celery import shared_task

from supportapp.gateway import recording


@shared_task(name="supportapp.gateway.tasks.tidy", ignore_result=True)
def tidy() -> int:
    """Forget old calls and reservations that nobody settled."""
    return recording.tidy()

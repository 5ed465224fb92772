"""Celery's door: rollouts are watched."""

from celery import shared_task

from supportapp.answering import rollouts


@shared_task(name="supportapp.answering.tasks.guard_rollouts", ignore_result=True)
def guard_rollouts() -> int:
    """Roll back what went past its guards."""
    return rollouts.guard()

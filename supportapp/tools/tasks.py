"""Celery's door: the daily rates, confirmed changes, questions that nobody answered."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from supportapp.outbox import events as outbox
from supportapp.tools import audit, confirmations, rates
from supportapp.tools.models import Confirmation


class StillUnderWay(Exception):
    """A confirmed change that has to be tried again."""


@shared_task(name="supportapp.tools.tasks.sync_rates")
def sync_rates() -> str:
    """Bring the home-loan rates in where today's should be out. Returns how it went."""
    attempt = rates.sync_if_due(settings.RATES_SOURCE, timezone.now())
    return "" if attempt is None else attempt.state


@shared_task(name="supportapp.tools.tasks.carry_out", acks_late=True, reject_on_worker_lost=True)
def carry_out(confirmation_id: str, event_id: str) -> None:
    """Carry out what a customer confirmed. Running it again has no second effect."""
    state = confirmations.carry_out(UUID(confirmation_id), timezone.now())
    if state == Confirmation.State.CONFIRMED:
        outbox.failed(event_id, StillUnderWay())
        return
    with outbox.once(event_id):
        pass


@shared_task(name="supportapp.tools.tasks.tidy")
def tidy() -> int:
    """Forget calls after TOOL_CALL_DAYS; returns how many."""
    return audit.forget_before(timezone.now() - timedelta(days=settings.TOOL_CALL_DAYS))


@shared_task(name="supportapp.tools.tasks.expire")
def expire() -> int:
    """Close questions that nobody answered in time."""
    return confirmations.expire(timezone.now())

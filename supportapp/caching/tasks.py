"""Celery's door: confirm after publications, tidy."""

from celery import shared_task
from django.utils import timezone

from supportapp.caching import confirming, tidying


@shared_task(name="supportapp.caching.tasks.confirm")
def confirm() -> int:
    """Confirm or retire what publications hid, after reading approved questions anew where another
    embedding model counts by now. Returns how many answers were looked at."""
    return confirming.reread() + confirming.confirm_all()


@shared_task(name="supportapp.caching.tasks.tidy")
def tidy() -> int:
    """Retire what is old or unused. Returns how many."""
    return tidying.tidy(timezone.now())

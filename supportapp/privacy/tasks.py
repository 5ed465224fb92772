"""What the clock starts."""

from celery import shared_task
from django.utils import timezone

from supportapp.privacy import erasing


@shared_task(name="supportapp.privacy.tasks.purge")
def purge() -> int:
    """Remove what is past its time; a second one beside it takes other rows."""
    return erasing.purge(timezone.now())

"""`manage.py sync_rates`: bring the home-loan rates in now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from supportapp.tools import rates
from supportapp.tools.models import RateSync


class Command(BaseCommand):
    """Ask the source once; safe to repeat."""

    help = "Bring the home-loan rates in now; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RATES_SOURCE:
            raise CommandError("RATES_SOURCE names no source.")
        attempt = rates.sync(settings.RATES_SOURCE, timezone.now())
        if attempt.state == RateSync.State.FAILED:
            raise CommandError(f"The source failed: {attempt.error}. The last rates stay in force.")
        self.stdout.write(f"{attempt.get_state_display()}: {attempt.sheet}")

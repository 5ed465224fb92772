"""Encrypt every model's key anew, with the newest SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supportapp.gateway import sealing
from supportapp.gateway.models import ModelConfig


class Command(BaseCommand):
    help = "Encrypt the models' keys with the newest SECRET_KEY, after it was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = []
        rows = list(ModelConfig.objects.exclude(sealed_key=""))
        for row in rows:
            try:
                anew = sealing.reseal(row.sealed_key)
            except sealing.Unreadable:
                lost.append(row.name)
                continue
            # Unless staff have entered another one meanwhile.
            ModelConfig.objects.filter(pk=row.pk, sealed_key=row.sealed_key).update(sealed_key=anew)
        self.stdout.write(f"{len(rows) - len(lost)} keys encrypted anew.")
        if lost:
            raise CommandError(
                f"These can't be read any more; enter them again: {', '.join(sorted(lost))}."
            )

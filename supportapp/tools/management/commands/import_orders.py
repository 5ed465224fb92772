"""`manage.py import_orders FILE`: orders from the shop, as CSV or JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supportapp.knowledge.models import Workspace
from supportapp.tools import orders


class Command(BaseCommand):
    """Import orders; safe to repeat."""

    help = "Import orders from a CSV or JSON file; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["workspace"]
        workspace = Workspace.objects.filter(slug=slug).first() if slug else Workspace.default()
        if workspace is None:
            raise CommandError(f"There is no workspace {slug}.")
        try:
            report = orders.load(options["file"], workspace)
        except orders.BadOrders as error:
            raise CommandError(str(error)) from None
        for line, reason in report.refused:
            self.stderr.write(f"Row {line} refused: {reason}")
        self.stdout.write(
            f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
            f"{len(report.refused)} refused"
        )
        if report.refused and not (report.added or report.changed or report.unchanged):
            raise CommandError("No order could be read.")

"""`manage.py calibrate_memory`: set how alike questions must be, by an error budget."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supportapp.caching import calibrating
from supportapp.knowledge.models import Workspace

MOST = 0.2


class Command(BaseCommand):
    help = "Set the memory's threshold so that wrong hits stay within a budget."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="default: the first")
        parser.add_argument(
            "--budget", type=float, metavar="SHARE", help="of hits that may be wrong, e.g. 0.02"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["workspace"]
        workspace = Workspace.objects.filter(slug=slug).first() if slug else Workspace.default()
        if workspace is None:
            raise CommandError(f"There is no workspace “{slug}”.")
        budget = options["budget"]
        if budget is not None and not 0 < budget <= MOST:
            raise CommandError(f"--budget is a share above 0, at most {MOST}.")
        policy = calibrating.calibrate(workspace, budget)
        based = policy.calibrated_on
        self.stdout.write(
            f"{workspace}: threshold {policy.threshold:.4f} for at most"
            f" {100 * policy.error_budget:g}% wrong hits; judged hits: {based['judged']},"
            f" wrong: {based['wrong']}."
        )

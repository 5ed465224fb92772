"""`manage.py evals …`: datasets and runs from the terminal and in CI."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supportapp.evals import command_data, command_runs
from supportapp.evals.candidates import NoSuchChoice
from supportapp.evals.lines import BadLine
from supportapp.evals.running import NothingToRun


class Command(BaseCommand):
    help = "Run datasets, compare the runs, and bring examples in and out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        for rooms in (command_runs, command_data):
            rooms.add_arguments(kinds)

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {**command_runs.VERBS, **command_data.VERBS}
        try:
            verbs[options["kind"]](options, self.stdout)
        except (BadLine, NoSuchChoice, NothingToRun) as error:
            raise CommandError(str(error)) from None

"""`manage.py count_turns`: make the dashboard's facts now; `--again` makes all of them anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from supportapp.insight import facts


class Command(BaseCommand):
    help = "Make the facts that the dashboard counts. Safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="forget them first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            made = facts.make_again()
        else:
            made = 0
            while batch := facts.make_some():
                made += batch
        self.stdout.write(f"{made:,} turns counted")

"""`manage.py person export|erase WHO`: one person's data, out or away."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from supportapp.audit import trail
from supportapp.audit.trail import Action
from supportapp.privacy import erasing, gathering, people


class Command(BaseCommand):
    """Export prints one JSON object to stdout; erase asks first."""

    help = "Export or erase all data of one person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["export", "erase"])
        parser.add_argument("who", help="an e-mail address, an account's name, a conversation's id")
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = people.find(options["who"])
        except people.Unknown as error:
            raise CommandError(str(error)) from None
        if options["what"] == "export":
            found = gathering.export(person)
            trail.note(Action.EXPORTED, what="person", rows=found["rows"])
            self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False))
            return
        self._erase(person, asks=not options["yes"])

    def _erase(self, person: people.Person, *, asks: bool) -> None:
        count = person.conversations.count()
        if asks and input(f"Erase {count} conversations and all else? [y/N] ").lower() != "y":
            raise CommandError("Nothing was erased.")
        erased = erasing.erase(person)
        for label, rows in sorted(erased.items()):
            self.stdout.write(f"{label}: {rows}")
        self.stdout.write(f"{sum(erased.values())} rows erased.")

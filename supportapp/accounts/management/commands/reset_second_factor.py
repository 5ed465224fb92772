"""`manage.py reset_second_factor NAME`: for who lost the app and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from supportapp.accounts import second_factor


class Command(BaseCommand):
    """Take an account's second factor away. At the next log-in it is set up anew."""

    help = "Take an account's second factor away, after you made sure who asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the account's name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account called {options['name']}.")
        if not second_factor.remove(user, by=None):
            raise CommandError(f"{options['name']} has no second factor.")
        self.stdout.write(f"{options['name']} sets up a new second factor at the next log-in.")

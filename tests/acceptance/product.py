"""The product from outside: its own commands, in processes and on a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
ASK_MANY = """
import json, sys
import django
django.setup()
from django.core.management import call_command
for question in json.load(sys.stdin):
    call_command("ask", question, "--json")
"""


@dataclass(frozen=True)
class Product:
    """One installation of the product."""

    environment: dict[str, str]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run manage.py; fails the test with what it printed unless it exits 0."""
        return self._run([sys.executable, "manage.py", *arguments])

    def ask_all(self, questions: Sequence[str]) -> list[dict[str, Any]]:
        """Ask each question as `manage.py ask --json` does; answers in order."""
        done = self._run([sys.executable, "-c", ASK_MANY], given=json.dumps(questions))
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def _run(self, command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-4000:]}\n{done.stdout[-1000:]}"
        return done


def install(database_url: str, name: str) -> Product:
    """Make a database of that name beside the given one and migrate it."""
    product = on_empty_database(database_url, name)
    product.manage("migrate", "--verbosity", "0")
    product.manage("prepare")
    return product


def on_empty_database(database_url: str, name: str) -> Product:
    """Make a database of that name beside the given one, for a product that isn't there yet."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return Product(
        {
            "DATABASE_URL": urlunsplit(urlsplit(database_url)._replace(path=f"/{name}")),
            "SUPPORTAPP_ENV": "test",
            "DJANGO_SETTINGS_MODULE": "supportapp.settings",
        }
    )

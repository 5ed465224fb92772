"""Make a database ready to answer: tables, workspace, staff login, articles. Safe to repeat.

A process of its own (`python -m supportapp.embedded.preparation`), so that what Django and the
article reader take in memory is given back.
"""

import hashlib
import os
import secrets
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from supportapp.embedded import console, places
from supportapp.embedded.access import staff_login_file, write_private

STAFF = "staff"
ARTICLES = places.PROJECT / "knowledge"


def migrate() -> None:
    """Bring the tables up to date."""
    executor = MigrationExecutor(connection)
    if steps := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
        console.step(f"Database up to date ({len(steps)} changes)")


def make_workspace() -> None:
    """Make the default workspace where there is none."""
    from supportapp.knowledge.models import Workspace

    Workspace.default()


def make_staff_login(data: Path) -> None:
    """Make a first staff user with a random password, kept in a file of mode 0600."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return
    password = secrets.token_urlsafe(15)
    write_private(staff_login_file(data), f"user: {STAFF}\npassword: {password}\n")
    users.create_superuser(username=STAFF, email="", password=password)


def ingest_articles(remembered: Path) -> None:
    """Read the articles' folder when it differs from the one last read."""
    state = fingerprint(ARTICLES)
    if not state or (remembered.exists() and remembered.read_text() == state):
        return
    try:
        call_command("ingest", str(ARTICLES))
    except CommandError as error:
        console.fault(f"Not every article went in: {error}")
        return
    write_private(remembered, state)
    console.step("Articles read from knowledge/")


def fingerprint(folder: Path) -> str:
    """Return a hash of all names and contents, or "" where there is nothing."""
    digest = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest() if files else ""


def main() -> int:
    """Prepare the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")
    django.setup()
    home = places.find(places.data_folder())
    migrate()
    make_workspace()
    make_staff_login(home.data)
    ingest_articles(home.servers / "articles.sha256")
    return 0


if __name__ == "__main__":
    sys.exit(main())

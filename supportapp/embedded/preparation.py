"""Make a database ready to answer: tables, workspace, staff login, articles. Safe to repeat.

A process of its own (`python -m supportapp.embedded.preparation`), so that what Django and the
article reader take in memory is given back.
"""

import io
import os
import secrets
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from supportapp.embedded import console, freshness, places
from supportapp.embedded.access import staff_login_file, write_private
from supportapp.embedded.freshness import Freshness

STAFF = "staff"
SAMPLES = places.PROJECT / "supportapp" / "tools" / "samples"


def migrate() -> None:
    """Bring the tables up to date, and what rooms keep in step with them (permissions, groups)."""
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", interactive=False, verbosity=0)
    if steps:
        console.step(f"Database up to date ({len(steps)} changes)")


def make_workspace() -> None:
    """Make the default workspace, the staff groups and the vector index where there are none."""
    call_command("prepare", stdout=io.StringIO())


def make_staff_login(data: Path) -> None:
    """Make a first staff user with a random password, kept in a file of mode 0600."""
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return
    password = secrets.token_urlsafe(15)
    write_private(staff_login_file(data), f"user: {STAFF}\npassword: {password}\n")
    users.create_superuser(username=STAFF, email="", password=password)


def ingest_articles() -> bool:
    """Read the articles' folder; say whether that worked."""
    try:
        call_command("ingest", str(freshness.ARTICLES))
    except CommandError as error:
        console.fault(f"The articles couldn't be read: {error}")
        return False
    console.step("Articles read from knowledge/")
    return True


def load_samples() -> None:
    """Give the sample company orders and home-loan rates, where there are none yet."""
    from supportapp.tools.models import Order, RateSheet

    quiet = io.StringIO()
    try:
        if not Order.objects.exists():
            call_command("import_orders", str(SAMPLES / "orders.csv"), stdout=quiet)
        if not RateSheet.objects.exists():
            call_command("sync_rates", stdout=quiet)
    except CommandError as error:
        console.fault(f"The sample orders and rates couldn't be read: {error}")


def load_examples() -> None:
    """Give the sample help centre its golden examples, where there are none yet."""
    from supportapp.evals import importing
    from supportapp.knowledge.models import Workspace

    if importing.load_sample(Workspace.default()) is not None:
        console.step("Golden examples read: /staff/evals/")


def main() -> int:
    """Prepare the database that the environment names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")
    django.setup()
    data, url = places.data_folder(), os.environ["DATABASE_URL"]
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate()
    make_workspace()
    make_staff_login(data)
    load_samples()
    state = Freshness.now(url)
    if state.articles == Freshness.remembered(url).articles or ingest_articles():
        state.save(url)
        load_examples()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Start without servers: Postgres, Valkey and a worker from installed wheels.

`prepare_environment` is called by manage.py before Django reads its settings. `make run` calls
`python -m supportapp.embedded`.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from supportapp.embedded import places
from supportapp.embedded.access import secret_key
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.freshness import is_empty
from supportapp.embedded.leases import Addresses, ensure

__all__ = ["Addresses", "EmbeddedError", "ensure", "prepare_environment"]

WITHOUT_DATABASE = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "startapp",
        "version",
    }
)
# These make or change the tables themselves.
ON_ANY_DATABASE = frozenset(
    {"createcachetable", "dbshell", "makemigrations", "migrate", "showmigrations", "sqlmigrate"}
)


def prepare_environment(argv: Sequence[str]) -> None:
    """Set DATABASE_URL and REDIS_URL for a management command, starting the servers if needed.

    Does nothing outside the embedded environment, where DATABASE_URL is set already, or for a
    command that needs no database. The servers stop with the last process that uses them.
    """
    command = next((word for word in argv[1:] if not word.startswith("-")), "")
    if (
        os.environ.get("SUPPORTAPP_ENV", "embedded") != "embedded"
        or os.environ.get("DATABASE_URL")
        or not command
        or command in WITHOUT_DATABASE
        or not {"-h", "--help", "--version"}.isdisjoint(argv)
    ):
        return
    try:
        os.environ.update(variables(ensure()))
        if command not in ON_ANY_DATABASE and is_empty(os.environ["DATABASE_URL"]):
            _prepare_database()
    except EmbeddedError as error:
        sys.exit(f"supportapp: {error}")


def variables(addresses: Addresses) -> dict[str, str]:
    """Return what the application's processes are told about the embedded services."""
    data = places.data_folder()
    return {
        "SUPPORTAPP_ENV": "embedded",
        "DATA_DIR": str(data),
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(data),
    }


def _prepare_database() -> None:
    """Fill a new database as `make run` does; on standard error, since output may be JSON."""
    print("supportapp: first use, preparing the database and the articles…", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", "supportapp.embedded.preparation"],
        check=False,
        cwd=places.PROJECT,
        env={"LOG_LEVEL": "WARNING", **os.environ},
        stdout=sys.stderr,
    )
    if done.returncode != 0:
        raise EmbeddedError("The database couldn't be prepared; see above.")

"""Throw-away servers, with the product's tables in them, for one comparison."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OTHERS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SECRET_KEY", "ALLOWED_HOSTS")
PATIENCE = 30.0


@contextmanager
def thrown_away() -> Iterator[str]:
    """Start servers, name them in the environment, set Django up; yield the database's address."""
    from supportapp.embedded.leases import lease

    services = lease(Path(tempfile.mkdtemp(prefix="supportapp-peers-")), throw_away=True)
    try:
        for name in OTHERS:
            os.environ.pop(name, None)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "supportapp.settings",
            "SUPPORTAPP_ENV": "test",
            "LOG_LEVEL": "WARNING",
            "DATA_DIR": str(services.home.data),
            "DATABASE_URL": services.addresses.database_url,
            "REDIS_URL": services.addresses.redis_url,
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], check=True)
        import django

        django.setup()
        yield services.addresses.database_url
    finally:
        services.close(wait=PATIENCE)

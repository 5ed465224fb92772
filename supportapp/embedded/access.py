"""The embedded servers' ports and passwords, in a file that only their owner can read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from supportapp.embedded import ports
from supportapp.embedded.errors import EmbeddedError

ROLE = "supportapp"
DATABASE = "supportapp"


@dataclass(frozen=True)
class Access:
    """How to reach the servers of one data folder."""

    postgres_port: int
    postgres_admin_password: str
    postgres_password: str
    valkey_port: int
    valkey_password: str

    @property
    def database_url(self) -> str:
        """The address that the application uses."""
        return f"postgresql://{ROLE}:{self.postgres_password}@{ports.HOST}:{self.postgres_port}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        """The address of Valkey, which speaks Redis."""
        return f"redis://:{self.valkey_password}@{ports.HOST}:{self.valkey_port}/0"

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Read what was saved, or None where nothing was; raises EmbeddedError on a broken file."""
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise EmbeddedError(f"{path} is broken ({error}); restore it from a backup.") from error

    @classmethod
    def make(cls) -> Self:
        """Choose new ports and passwords."""
        return cls(
            postgres_port=ports.any_free(),
            postgres_admin_password=secrets.token_urlsafe(24),
            postgres_password=secrets.token_urlsafe(24),
            valkey_port=ports.any_free(),
            valkey_password=secrets.token_urlsafe(24),
        )

    def save(self, path: Path) -> None:
        """Write the file whole or not at all, readable by its owner alone."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    def with_free_ports(self) -> Self:
        """Keep the remembered ports that are free, replace those that somebody took."""
        postgres, valkey = (
            port if ports.is_free(port) else ports.any_free()
            for port in (self.postgres_port, self.valkey_port)
        )
        return replace(self, postgres_port=postgres, valkey_port=valkey)


def write_private(path: Path, text: str) -> None:
    """Write a file that survives a power cut whole, with mode 0600."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def secret_key(data: Path) -> str:
    """Return the key that signs this installation's cookies; made once, unlike any other's."""
    path = data / "secret-key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50) + "\n")
    return path.read_text().strip()


def staff_login_file(data: Path) -> Path:
    """Return where the first staff login is kept."""
    return data / "staff-login.txt"

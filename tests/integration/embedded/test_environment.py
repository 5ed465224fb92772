"""Every test run has real servers of its own, and reaches nothing outside this machine."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_socket import SocketConnectBlockedError

from supportapp.embedded import places
from tests.fixtures import folders


@pytest.mark.django_db
def test_the_test_database_is_postgres_with_vectors() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1,2,3]'::vector <=> '[3,2,1]'::vector, version()")
        distance, version = cursor.fetchone()
    assert 0 < distance < 1
    assert version.startswith("PostgreSQL 18")


@pytest.mark.django_db
def test_the_application_is_no_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_valkey_answers_on_the_address_in_the_settings(valkey: redis.Redis) -> None:
    valkey.set("greeting", "hello")
    assert redis.Redis.from_url(settings.REDIS_URL).get("greeting") == b"hello"


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_network_outside_this_machine_is_out_of_reach() -> None:
    with socket.socket() as client, pytest.raises(SocketConnectBlockedError):
        client.connect(("192.0.2.1", 80))


def test_this_machine_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_tests_that_cannot_run_are_named_and_fail_in_ci(
    processes: tuple[str, ...], tmp_path: Path
) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *processes),
            *("tests/integration/test_debian_redis.py", "tests/unit/embedded/test_locks.py"),
        ],
        cwd=places.PROJECT,
        env=folders.environment(tmp_path, PATH=str(tmp_path), CI="1"),
        capture_output=True,
        text=True,
    )
    assert "NOT RUN: redis (no redis-server), 3 tests" in run.stdout
    assert "3 passed" in run.stdout
    assert run.returncode == 1

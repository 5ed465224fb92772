"""Which management commands start the servers."""

import pytest

import supportapp.embedded
from supportapp.embedded.leases import Addresses

ADDRESSES = Addresses("postgresql://somebody@127.0.0.1:1/nothing", "redis://127.0.0.1:1/0")


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> list[str]:
    """Count the starts, in an environment as a fresh shell has it."""
    for name in ("DATABASE_URL", "REDIS_URL", "SUPPORTAPP_ENV", "SECRET_KEY"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    counted: list[str] = []

    def start() -> Addresses:
        counted.append("started")
        return ADDRESSES

    monkeypatch.setattr(supportapp.embedded, "ensure", start)
    monkeypatch.setattr(supportapp.embedded, "is_empty", lambda url: False)
    return counted


@pytest.mark.parametrize("command", ["ask", "ingest", "bench", "shell", "migrate"])
def test_a_command_on_the_database_starts_the_servers(
    starts: list[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    supportapp.embedded.prepare_environment(["manage.py", command, "--json"])
    assert starts == ["started"]
    assert supportapp.embedded.os.environ["DATABASE_URL"] == ADDRESSES.database_url
    assert supportapp.embedded.os.environ["REDIS_URL"] == ADDRESSES.redis_url


@pytest.mark.parametrize(
    "words", [[], ["check"], ["help", "ask"], ["ask", "--help"], ["collectstatic"], ["--version"]]
)
def test_a_command_without_a_database_starts_nothing(starts: list[str], words: list[str]) -> None:
    supportapp.embedded.prepare_environment(["manage.py", *words])
    assert starts == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "postgresql://db/support"), ("SUPPORTAPP_ENV", "production")],
)
def test_servers_of_ones_own_are_left_alone(
    starts: list[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    supportapp.embedded.prepare_environment(["manage.py", "ask"])
    assert starts == []

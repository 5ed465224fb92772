"""Ports and passwords of the embedded servers."""

from pathlib import Path

import pytest

from supportapp.embedded.access import Access, secret_key, write_private
from supportapp.embedded.errors import EmbeddedError


def test_saved_access_is_read_back_and_private(tmp_path: Path) -> None:
    access = Access.make()
    access.save(tmp_path / "services.json")
    assert Access.load(tmp_path / "services.json") == access
    assert (tmp_path / "services.json").stat().st_mode & 0o777 == 0o600


def test_no_file_means_no_access_yet(tmp_path: Path) -> None:
    assert Access.load(tmp_path / "services.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"postgres_port": 1}'])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "services.json"
    path.write_text(text)
    with pytest.raises(EmbeddedError, match=r"services\.json is broken"):
        Access.load(path)


def test_two_installations_share_no_password() -> None:
    one, other = Access.make(), Access.make()
    assert one.postgres_password != other.postgres_password
    assert one.valkey_password != other.valkey_password
    assert one.postgres_admin_password != one.postgres_password


def test_a_private_file_replaces_one_that_was_open_to_all(tmp_path: Path) -> None:
    path = tmp_path / "login"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    first = secret_key(tmp_path)
    assert len(first) >= 50
    assert secret_key(tmp_path) == first

"""What the supervisor decides without starting anything."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from supportapp.embedded import places, ports, processes, supervisor
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.freshness import fingerprint
from supportapp.embedded.supervisor import Port


def test_without_a_wish_the_port_is_8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert Port.from_environment() == Port(8000, chosen=False)


def test_a_wished_port_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    assert Port.from_environment() == Port(9001, chosen=True)


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(EmbeddedError, match="PORT must be a number"):
        Port.from_environment()


def test_a_taken_default_port_moves_to_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        found = Port(number, chosen=False).free()
    assert found > number
    assert f"Port {number} is taken" in capsys.readouterr().out


def test_a_taken_chosen_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"Port {number} is taken"):
            Port(number, chosen=True).free()


def test_a_port_for_root_alone_is_named_so() -> None:
    asks = """
import os
from supportapp.embedded.supervisor import Port
if os.geteuid() == 0:
    os.setuid(65534)
print(Port(80, chosen=True).free())
"""
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    asked = subprocess.run(
        [sys.executable, "-c", asks], cwd=places.PROJECT, capture_output=True, text=True
    )
    assert lowest <= 80 or "Port 80 is not for this user" in asked.stderr


def test_a_machine_that_reaches_itself_is_told_from_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ports.reaches_itself()
    monkeypatch.setattr(ports, "HOST", "192.0.2.1")
    assert not ports.reaches_itself()


def test_what_is_not_ready_is_named() -> None:
    body = '{"checks": {"database": {"ok": true}, "worker": {"ok": false, "detail": "asleep"}}}'
    assert supervisor.missing(body) == "worker: asleep"


def test_an_answer_that_is_no_readiness_report_is_survived() -> None:
    assert "not about its state" in supervisor.missing("<html>")


def test_logs_of_the_last_run_are_kept_once(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for text in ("first", "second"):
        log.write_text(text)
        supervisor.rotate(tmp_path)
    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text() == "second"


def test_the_articles_fingerprint_changes_with_names_and_contents(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) == ""
    (tmp_path / "a.md").write_text("one")
    first = fingerprint(tmp_path)
    (tmp_path / "a.md").write_text("two")
    second = fingerprint(tmp_path)
    (tmp_path / "a.md").rename(tmp_path / "b.md")
    assert len({first, second, fingerprint(tmp_path)}) == 3


def test_the_end_of_a_log_is_shown_indented(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("\n".join(f"line {n}" for n in range(100)))
    shown = processes.tail(tmp_path / "web.log", lines=2)
    assert shown == "    line 98\n    line 99"
    assert processes.tail(tmp_path / "none.log") == "(no log)"

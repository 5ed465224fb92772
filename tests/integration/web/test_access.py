"""Who gets in where: docs/access.md says it, and it is so."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import UserFactory, WorkspaceFactory
from tests.integration.web.addresses import Address, every

TABLE = Path(__file__).parents[3] / "docs" / "access.md"
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
ROLES = ("anyone", "customer", "reviewer", "editor", "administrator")


def written() -> dict[str, list[str]]:
    """Read the table: for each route, what each role gets."""
    rows = ROW.findall(TABLE.read_text(encoding="utf-8"))
    return {route: [cell.strip() for cell in cells.split("|")] for route, cells in rows}


def addresses() -> list[Address]:
    """Return every route but those of Django's admin, which has permissions of its own."""
    return [each for each in every() if not each.route.startswith(("admin/", "static/"))]


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    """Somebody of each role."""
    WorkspaceFactory.create()
    made = {role: Client() for role in ROLES}
    people: dict[str, User] = {"customer": UserFactory.create()}
    for role in ROLES[2:]:
        people[role] = UserFactory.create(**{role: True})
    for role, user in people.items():
        made[role].force_login(user)
    return made


def verdict(client: Client, path: str) -> str:
    """Say what happens at a door: yes, log in, or no. What is behind it doesn't matter."""
    answer = client.get(path)
    if answer.status_code == 405:
        answer = client.post(path)
    assert answer.status_code < 500, path
    if answer.status_code == 403:
        return "no"
    to_log_in = answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
    return "log in" if to_log_in else "yes"


def test_everybody_gets_in_where_it_is_written_and_nowhere_else(clients: dict[str, Client]) -> None:
    found = {
        str(address): [verdict(clients[role], address.path) for role in ROLES]
        for address in addresses()
    }
    assert found == written()

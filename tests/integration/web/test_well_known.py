"""What browsers and crawlers ask for by themselves."""

import struct
from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_icon_is_found_where_browsers_look(client: Client) -> None:
    response = client.get("/favicon.ico", follow=True)
    assert response.status_code == 200
    reserved, kind, count = struct.unpack("<3H", response.content[:6])
    assert (reserved, kind) == (0, 1)
    assert count >= 1


def test_pages_name_both_icons(client: Client) -> None:
    page = client.get("/about-ai/").content.decode()
    assert 'href="/static/img/favicon.svg"' in page
    assert 'href="/static/img/favicon.ico"' in page


def test_crawlers_read_help_and_leave_conversations_and_staff_alone(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(response.content.decode().splitlines())
    for path in ("/", "/help/", "/help/refund-policy/", "/about-ai/", "/static/css/base.css"):
        assert robots.can_fetch("*", path), path
    for path in ("/c/1/", "/t/1/", "/history/", "/person/", "/review/", "/staff/try/", "/admin/"):
        assert not robots.can_fetch("*", path), path

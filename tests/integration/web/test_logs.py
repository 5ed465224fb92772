"""What the product writes to its logs while people use it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import path

from supportapp import urls as real
from supportapp.web.logs import JsonFormatter

CANARY = "canary-4111-1111"


def broken(request, typed):
    raise ValueError(CANARY)


urlpatterns = [path("broken/<str:typed>/", broken), *real.urlpatterns]
handler404, handler500 = real.handler404, real.handler500
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that any logger writes, in the product's own format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_request_is_one_line_with_its_route_and_no_path(browser: Client, written):
    response = browser.get(f"/c/{CANARY}/?q={CANARY}", headers={"User-Agent": CANARY})
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (said,) = [line for line in lines if line["event"] == "request"]
    assert said["request_id"] == response["X-Request-ID"]
    assert (said["method"], said["status"]) == ("GET", 404)
    assert CANARY not in written.getvalue()


@pytest.mark.parametrize("nasty", ["%0d%0aINFO forged", "%1b[31m", "%00", "%e2%80%a8x"])
def test_a_path_with_line_breaks_and_escapes_makes_no_line_of_its_own(browser, written, nasty):
    browser.get(f"/{nasty}")
    text = written.getvalue()
    assert text.isascii()
    assert "forged" not in text
    assert all(json.loads(line) for line in text.splitlines())


def test_an_exception_is_logged_without_what_it_quotes(browser: Client, written):
    assert browser.get(f"/broken/{CANARY}/").status_code == 500
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (fault,) = [line for line in lines if "exception" in line]
    assert fault["exception"] == "builtins.ValueError"
    assert any("test_logs.py" in frame and "broken" in frame for frame in fault["frames"])
    assert CANARY not in written.getvalue()


def test_no_secret_of_a_form_or_cookie_is_logged(browser: Client, written):
    browser.cookies["session"] = CANARY
    browser.post("/admin/login/", {"username": CANARY, "password": CANARY}, headers={"X-T": CANARY})
    browser.post("/ask/", {"text": CANARY, "client_id": CANARY})
    assert written.getvalue()
    assert CANARY not in written.getvalue()

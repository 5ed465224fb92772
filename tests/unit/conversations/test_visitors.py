"""The visitor's cookie: signed, kept, never believed otherwise."""

import uuid

from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from supportapp.conversations import visitors


def test_a_new_visitor_gets_a_cookie_that_scripts_cannot_read() -> None:
    request = RequestFactory().get("/")
    visitor = visitors.current(request)
    response = HttpResponse()
    visitors.remember(request, response)
    cookie = response.cookies[settings.VISITOR_COOKIE_NAME]
    assert visitors.read(cookie.value) == visitor == visitors.current(request)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == visitors.YEAR


def test_a_known_visitor_keeps_the_cookie() -> None:
    request = RequestFactory().get("/")
    visitor = uuid.uuid4()
    request.COOKIES[settings.VISITOR_COOKIE_NAME] = visitors.sign(visitor)
    response = HttpResponse()
    visitors.remember(request, response)
    assert visitors.current(request) == visitor
    assert not response.cookies


def test_a_socket_is_known_by_the_same_cookie() -> None:
    visitor = uuid.uuid4()
    cookie = f"a=b; {settings.VISITOR_COOKIE_NAME}={visitors.sign(visitor)}"
    assert visitors.current({"headers": [(b"cookie", cookie.encode())]}) == visitor
    assert visitors.current({"headers": []}) is None


@given(st.text())
def test_what_we_did_not_sign_is_nobody(value: str) -> None:
    assert visitors.read(value) is None


def test_a_tampered_cookie_is_nobody() -> None:
    mine, theirs = visitors.sign(uuid.uuid4()), visitors.sign(uuid.uuid4())
    assert visitors.read(mine.split(":")[0] + ":" + theirs.split(":")[1]) is None

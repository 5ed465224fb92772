"""What holds for every address in the URLconf, whoever asks and whatever it answers."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.integration.web.addresses import Address, every

pytestmark = pytest.mark.django_db
ADDRESSES = pytest.mark.parametrize("address", every(), ids=str)
UNSAFE = re.compile(r"unsafe-|data:|blob:|\*|http")


def check_headers(response) -> None:
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", response["X-Request-ID"])
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert not UNSAFE.search(policy)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["frame-ancestors"] == "'none'"
    assert directives["object-src"] == "'none'"
    assert directives["img-src"] == directives["connect-src"] == "'self'"


@ADDRESSES
def test_headers_for_anyone(browser: Client, address: Address):
    check_headers(browser.get(address.path))


@ADDRESSES
def test_headers_for_staff(admin_browser: Client, address: Address):
    response = admin_browser.get(address.path)
    assert response.status_code != 500
    check_headers(response)


@ADDRESSES
def test_a_host_that_we_do_not_serve_and_a_trace_are_refused(browser: Client, address: Address):
    response = browser.get(address.path, headers={"Host": "evil.test"})
    assert response.status_code == 400
    assert "evil.test" not in response.content.decode()
    check_headers(response)
    response = browser.generic("TRACE", address.path)
    assert response.status_code == 405
    check_headers(response)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "CONNECT", "X\r\nY"])
def test_other_methods_are_refused(browser: Client, method: str):
    assert browser.generic(method, "/").status_code == 405


@ADDRESSES
def test_a_post_needs_a_token_and_our_own_origin(address: Address, admin):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(admin)
    assert client.post(address.path, {}).status_code == 403
    client.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    sent = {"csrfmiddlewaretoken": token}
    response = client.post(address.path, sent, headers={"Origin": "https://evil.test"})
    assert response.status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/static/", "/metrics", "/api/schema", "/.env", "/static/../manage.py"],
)
def test_what_is_nobodys_business_is_not_found(browser: Client, path: str):
    assert browser.get(path).status_code in {403, 404}

"""Error pages say what to do and give an id, and nothing of our insides."""

import re

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import path

from supportapp import urls as real
from supportapp.web import errors

SECRET = "my card is 4111"


def broken(request):
    raise ValueError(SECRET)


def away(request):
    raise OperationalError(SECRET)


urlpatterns = [
    path("broken/", broken),
    path("away/", away),
    *real.urlpatterns,
]
handler400, handler403 = real.handler400, real.handler403
handler404, handler500 = real.handler404, real.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
INSIDES = re.compile(r"Traceback|File &quot;|\.py|settings|SECRET|/work|ValueError|4111", re.I)


@pytest.mark.parametrize(
    ("address", "status"),
    [("/nothing/here/", 404), ("/c/not-an-id/", 404), ("/broken/", 500), ("/away/", 503)],
)
def test_an_error_page_has_an_id_and_no_insides(browser: Client, address: str, status: int):
    response = browser.get(address)
    page = response.content.decode()
    assert response.status_code == status
    assert response["X-Request-ID"] in page
    text = re.sub(r"<link[^>]*>|<script[^>]*>", "", page)
    assert not INSIDES.search(text), INSIDES.search(text)
    assert 'href="/"' in page


def test_an_unreachable_database_asks_to_come_back(browser: Client):
    assert int(browser.get("/away/")["Retry-After"]) > 0


def test_a_refused_form_says_what_to_do(admin_browser: Client):
    client = Client(enforce_csrf_checks=True)
    page = client.post("/history/").content.decode()
    assert "Reload the page and try again" in page
    assert "CSRF" not in page


def test_too_large_is_said_as_such():
    request = RequestFactory().post("/")
    assert errors.bad_request(request, RequestDataTooBig()).status_code == 413


def test_too_much_at_once_says_when_to_try_again():
    response = errors.page(RequestFactory().get("/"), 429, retry_after=7)
    assert (response.status_code, response["Retry-After"]) == (429, "7")
    assert "Nothing you wrote is lost" in response.content.decode()

"""Static files, as an ASGI server sends them."""

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient, Client

pytestmark = pytest.mark.django_db
SHEET = "/static/css/tokens.css"


def test_a_sheet_comes_whole_and_without_a_warning():
    response = async_to_sync(AsyncClient().get)(SHEET)
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")
    assert b"--accent" in response.content
    assert int(response["Content-Length"]) == len(response.content)


def test_a_sheet_may_be_kept_but_runs_nothing(client: Client):
    response = client.get(SHEET)
    assert "max-age" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'none'" in response["Content-Security-Policy"]


def test_what_the_browser_has_is_not_sent_again(client: Client):
    first = client.get(SHEET)
    again = client.get(SHEET, headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_part_of_a_file_can_be_asked_for(client: Client):
    whole = client.get(SHEET).content
    part = client.get(SHEET, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole[2:6])


def test_a_head_has_no_body(client: Client):
    assert client.head(SHEET).content == b""

"""One line a record, and nothing of what customers wrote."""

import json
import logging
import sys

import pytest
from django.db import IntegrityError, OperationalError
from django.test import RequestFactory

from supportapp.web.logs import JsonFormatter

SECRET = "my card is 4111 1111 1111 1111"


def line(name: str = "supportapp.turns", message: str = "turn.finished", **extra: object) -> str:
    exc_info = extra.pop("exc_info", None)
    args = extra.pop("args", ())
    record = logging.LogRecord(name, logging.INFO, __file__, 1, message, args, exc_info)
    record.__dict__.update(extra)
    return JsonFormatter().format(record)


def raised(error: Exception) -> object:
    try:
        raise error
    except type(error):
        return sys.exc_info()


def test_fields_stand_beside_the_event():
    said = json.loads(line(fields={"turn": 7, "ms": 1.5}))
    assert (said["event"], said["turn"], said["ms"]) == ("turn.finished", 7, 1.5)
    assert {"time", "level", "logger"} <= said.keys()


@pytest.mark.parametrize("nasty", ["a\r\nb", "a\x1b[31mb", "a\u2028b", "a\x00b", "a\x85b"])
def test_line_breaks_and_escapes_make_one_line(nasty: str):
    written = line(message=nasty, fields={"value": nasty})
    assert len(written.splitlines()) == 1
    assert written.isascii()
    assert "\x1b" not in written
    assert json.loads(written)["event"] == nasty


def test_the_path_of_a_failed_request_is_not_logged():
    request = RequestFactory().get(f"/c/{SECRET}")
    request.request_id = "abc"
    written = line(
        "django.request", "Not Found: %s", args=(request.path,), request=request, status_code=404
    )
    assert "4111" not in written
    assert json.loads(written)["request_id"] == "abc"
    assert json.loads(written)["status"] == 404


def test_a_refused_host_is_not_quoted():
    written = line("django.security.DisallowedHost", f"Invalid HTTP_HOST header: '{SECRET}'")
    assert "4111" not in written


def test_arguments_and_errors_of_tasks_are_not_logged():
    data = {"name": "a.task", "id": "7", "exc": SECRET, "kwargs": SECRET, "description": "raised"}
    written = line("celery.app.trace", "Task %(name)s: %(exc)s", args=(data,), data=data)
    assert "4111" not in written
    said = json.loads(written)
    assert (said["event"], said["task"], said["task_id"]) == ("task.raised", "a.task", "7")


@pytest.mark.parametrize("kind", [ValueError, KeyError, IntegrityError, UnicodeError])
def test_an_exception_is_named_but_its_message_is_not_told(kind: type[Exception]):
    said = json.loads(line(exc_info=raised(kind(SECRET))))
    assert "4111" not in json.dumps(said)
    assert kind.__name__ in said["exception"]
    assert any("raised" in frame for frame in said["frames"])


def test_what_caused_an_exception_is_named_too():
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError:
        said = json.loads(line(exc_info=sys.exc_info()))
    assert said["exception"] == "builtins.ValueError < builtins.KeyError"


def test_messages_about_machines_are_told():
    said = json.loads(line(exc_info=raised(OperationalError("connection refused"))))
    assert "connection refused" in said["exception"]

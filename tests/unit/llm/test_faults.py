"""Every exception of the wire has one meaning for us."""

import json
from datetime import UTC, datetime

import httpx2
import openai
import pytest

from supportapp.llm.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from supportapp.llm.faults import retry_after, told_as_model_errors, translate

NOW = datetime(2025, 6, 1, 12, 0, 0, tzinfo=UTC)
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def status(code: int, error: str | None = None, **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(code, request=REQUEST, headers=headers)
    body = {"message": "your prompt was: my secret", "code": error}
    return openai.APIStatusError("my secret", response=response, body=body)


def timed_out(cause: Exception) -> openai.APITimeoutError:
    error = openai.APITimeoutError(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (timed_out(httpx2.ConnectTimeout("x")), ModelTimeout, "connect"),
        (timed_out(httpx2.ReadTimeout("x")), ModelTimeout, "read"),
        (httpx2.ReadTimeout("x"), ModelTimeout, "read"),
        (openai.APIConnectionError(request=REQUEST), ModelUnavailable, "connection"),
        (httpx2.ReadError("x"), ModelUnavailable, "connection"),
        (httpx2.StreamClosed(), ModelUnavailable, "connection"),
        (status(500), ModelUnavailable, "status_500"),
        (status(408), ModelUnavailable, "status_408"),
        (status(429), ModelRateLimited, "status_429"),
        (status(429, "insufficient_quota"), ModelRejected, "status_429 insufficient_quota"),
        (status(401, "invalid_api_key"), ModelRejected, "status_401 invalid_api_key"),
        (status(400, "no identifier: secret"), ModelRejected, "status_400"),
        (openai.APIError("x", REQUEST, body={"code": "429"}), ModelRateLimited, "error_event"),
        (openai.APIError("x", REQUEST, body=None), ModelUnavailable, "error_event"),
        (json.JSONDecodeError("x", "secret", 0), ModelProtocolError, "bad_json"),
        (openai.OpenAIError("x"), ModelProtocolError, "OpenAIError"),
    ],
)
def test_each_has_one_kind_and_one_reason(
    error: Exception, kind: type[ModelError], reason: str
) -> None:
    told = translate(error, now=NOW)

    assert type(told) is kind
    assert told.reason == reason


def test_the_providers_sentences_are_not_repeated() -> None:
    with pytest.raises(ModelRejected) as raised, told_as_model_errors():
        raise status(400)

    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_other_exceptions_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), told_as_model_errors():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "90"}, 90.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Sun, 01 Jun 2025 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Jun 2025 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_a_rate_limit_keeps_what_the_server_asked_for() -> None:
    told = translate(status(429, **{"retry-after": "90"}), now=NOW)

    assert isinstance(told, ModelRateLimited)
    assert told.retry_after == 90

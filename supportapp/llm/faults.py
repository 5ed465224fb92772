"""What the openai client and its transport raise, told once in our own errors.

The provider's sentences are dropped on purpose: they quote prompts and keys.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai

from supportapp.llm.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)

# A broken line in a stream reaches us as a bare JSONDecodeError; an error page that breaks off
# while the client reads it, as a bare transport error.
WIRE_ERRORS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,
)
_WORTH_REPEATING = frozenset({408, 409, 425})
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


@contextmanager
def told_as_model_errors() -> Iterator[None]:
    """Anything that the wire raises inside leaves as a `ModelError`."""
    try:
        yield
    except WIRE_ERRORS as error:
        raise translate(error, now=datetime.now(UTC)) from None


def translate(error: Exception, *, now: datetime) -> ModelError:
    """The one place that knows what each of the wire's exceptions means for us."""
    match error:
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return ModelTimeout(_phase(error))
        case openai.APIConnectionError():
            return ModelUnavailable("connection")
        case openai.APIStatusError():
            return _from_status(error, now)
        case openai.APIResponseValidationError():
            return ModelProtocolError("schema")
        case openai.APIError():
            return _from_error_event(error)
        case httpx2.HTTPError() | httpx2.StreamError():
            return ModelUnavailable("connection")
        case json.JSONDecodeError() | UnicodeDecodeError() | RecursionError():
            return ModelProtocolError("bad_json")
    return ModelProtocolError(type(error).__name__)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks us to wait: a number, milliseconds or a date."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return _seconds(float(milliseconds) / 1000)
        if value := headers.get("retry-after"):
            return _seconds(float(value))
    except ValueError:
        return _until(headers.get("retry-after", ""), now)
    return None


def _until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return _seconds((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _seconds(value: float) -> float | None:
    return max(value, 0.0) if math.isfinite(value) else None


def _phase(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, openai.APITimeoutError) else error
    return "connect" if isinstance(cause, httpx2.ConnectTimeout) else "read"


def _from_status(error: openai.APIStatusError, now: datetime) -> ModelError:
    status, code = error.status_code, _identifier(error.code)
    if status == httpx2.codes.TOO_MANY_REQUESTS and code != "insufficient_quota":
        return ModelRateLimited("status_429", retry_after=retry_after(error.response.headers, now))
    if status in _WORTH_REPEATING or status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return ModelUnavailable(f"status_{status}")
    return ModelRejected(f"status_{status}" + (f" {code}" if code else ""))


def _from_error_event(error: openai.APIError) -> ModelError:
    if _identifier(error.code) in {"rate_limit_exceeded", "429"}:
        return ModelRateLimited("error_event")
    return ModelUnavailable("error_event")


def _identifier(code: str | None) -> str:
    return code if code and _IDENTIFIER.fullmatch(code) else ""

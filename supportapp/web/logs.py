"""Structured logs: one JSON object a line, and none of what customers wrote.

Our own log calls name an event and give ids, counts and durations. What libraries log is cut down
to that: Django's request log says the path, Celery's the arguments, and an exception's message may
quote the value that it is about.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

# These speak of machines and settings, never of what somebody wrote.
PLAIN = (OSError, ImportError, OperationalError, ImproperlyConfigured)
FRAMES = 30
# At their chattiest levels these write addresses, questions and SQL parameters.
CHATTY = ("django.db.backends", "axes", "openai", "httpx", "httpx2", "httpcore")


def configuration(level: str) -> dict[str, object]:
    """Return Django's LOGGING: one stream of JSON lines, and libraries kept quiet."""
    quiet: dict[str, object] = {name: {"level": "WARNING"} for name in CHATTY}
    uvicorn = {"uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "supportapp.web.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": quiet | uvicorn,
    }


class JsonFormatter(logging.Formatter):
    """One line per record: time, level, logger, event and its fields. Line breaks are escaped."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        line |= _event(record)
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe(record.exc_info[1])
            line["frames"] = frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True, default=str)


def _event(record: logging.LogRecord) -> dict[str, object]:
    if record.name.startswith(("django.request", "django.security")):
        request = getattr(record, "request", None)
        return {
            "event": "http.refused" if record.name.startswith("django.security") else "http.fault",
            "status": getattr(record, "status_code", None),
            "request_id": getattr(request, "request_id", ""),
        }
    data = getattr(record, "data", None)
    if record.name == "celery.app.trace" and isinstance(data, Mapping):
        said = str(data.get("description", "ran"))
        return {"event": f"task.{said}", "task": data.get("name"), "task_id": data.get("id")}
    return {"event": record.getMessage()}


def describe(error: BaseException) -> str:
    """Name an exception and what caused it; messages only where they can't quote anyone."""
    said: list[str] = []
    current: BaseException | None = error
    while current is not None and len(said) < FRAMES:
        kind = type(current)
        name = f"{kind.__module__}.{kind.__qualname__}"
        said.append(f"{name}: {current}" if isinstance(current, PLAIN) else name)
        current = current.__cause__ or current.__context__
    return " < ".join(said)


def frames(trace: TracebackType | None) -> list[str]:
    """Return where it happened, innermost last: files, lines and functions, no values."""
    found = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]

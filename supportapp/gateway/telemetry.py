"""A turn's spans for an OpenTelemetry collector, by its conventions for generative AI.

Nothing is sent, and nothing of OpenTelemetry is imported, unless OTEL_EXPORTER_OTLP_ENDPOINT is
set. Spans are handed over when the turn is over, and sent in batches by a thread of their own: a
collector that is away costs a turn nothing.

The conventions are still "Development"; the names are those of version 1.37, kept in one place.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from supportapp.tracing import Attribute, Timing, Trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

MODEL_CALL = "model.call"
_NAMES = {
    "provider": "gen_ai.provider.name",
    "requested": "gen_ai.request.model",
    "max_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "seed": "gen_ai.request.seed",
    "model": "gen_ai.response.model",
    "finish_reason": "gen_ai.response.finish_reasons",
    "prompt_tokens": "gen_ai.usage.input_tokens",
    "completion_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "fingerprint": "openai.response.system_fingerprint",
    "error_code": "error.type",
}
Values = bool | int | float | str | list[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a turn besides its steps. Its words are sent only where that is set."""

    turn_id: UUID
    conversation_id: UUID | None = None
    agent: str = ""
    error: str = ""
    question: str = ""
    answer: str = ""


def is_on() -> bool:
    """Return whether there is a collector to tell."""
    return bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)


def export(trace: Trace, told: Told) -> None:
    """Hand a turn's spans over; returns at once."""
    if not is_on():
        return
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

    tracer = _provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).get_tracer("supportapp")
    began = time.time_ns() - _ns(trace.elapsed_ms())
    root = tracer.start_span(
        "invoke_agent", kind=SpanKind.INTERNAL, start_time=began, attributes=_root(told)
    )
    opened: list[Span] = []
    timings = trace.records()
    for timing in timings:
        parent = root if timing.parent is None else opened[timing.parent]
        is_call = timing.name == MODEL_CALL
        span = tracer.start_span(
            _name(timing),
            context=set_span_in_context(parent),
            kind=SpanKind.CLIENT if is_call else SpanKind.INTERNAL,
            start_time=began + _ns(timing.started_ms),
            attributes=attributes(timing),
        )
        if "error" in timing.attributes:
            span.set_status(Status(StatusCode.ERROR))
        opened.append(span)
    for span, timing in zip(opened, timings, strict=True):
        span.end(began + _ns(timing.started_ms + timing.duration_ms))
    if told.error:
        root.set_status(Status(StatusCode.ERROR))
    root.end()


def attributes(timing: Timing) -> dict[str, Values]:
    """Return a step's attributes under the names that collectors know."""
    if timing.name != MODEL_CALL:
        return {f"supportapp.{name}": value for name, value in timing.attributes.items()}
    made: dict[str, Values] = {"gen_ai.operation.name": "chat"}
    for name, value in timing.attributes.items():
        made[_NAMES.get(name, f"supportapp.{name}")] = _value(name, value)
    return made


def flush(seconds: float = 2.0) -> None:
    """Send what waits; for the end of a process."""
    if is_on():
        _provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).force_flush(int(seconds * 1000))


def forget() -> None:
    """Send what waits, and drop the way to the collector."""
    if _provider.cache_info().currsize:
        _provider(settings.OTEL_EXPORTER_OTLP_ENDPOINT).shutdown()
        _provider.cache_clear()


@lru_cache(1)
def _provider(endpoint: str) -> TracerProvider:
    # Imported where a collector is named alone: it takes 0.2 s and 20 MB.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider = TracerProvider(
        resource=Resource.create({"service.name": settings.OTEL_SERVICE_NAME}),
        shutdown_on_exit=True,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _root(told: Told) -> dict[str, Values]:
    made: dict[str, Values] = {
        "gen_ai.operation.name": "invoke_agent",
        "supportapp.turn": str(told.turn_id),
    }
    if told.agent:
        made["gen_ai.agent.name"] = told.agent
    if told.conversation_id is not None:
        made["gen_ai.conversation.id"] = str(told.conversation_id)
    if told.error:
        made["error.type"] = told.error
    if settings.OTEL_CAPTURE_MESSAGES:
        made["gen_ai.input.messages"] = _messages("user", told.question)
        made["gen_ai.output.messages"] = _messages("assistant", told.answer)
    return made


def _messages(role: str, text: str) -> str:
    parts: Sequence[Mapping[str, str]] = [{"type": "text", "content": text}]
    return json.dumps([{"role": role, "parts": parts}], ensure_ascii=False)


def _name(timing: Timing) -> str:
    if timing.name != MODEL_CALL:
        return timing.name
    return f"chat {timing.attributes.get('requested', '')}".strip()


def _value(name: str, value: Attribute) -> Values:
    return [str(value)] if name == "finish_reason" else value


def _ns(milliseconds: float) -> int:
    return round(milliseconds * 1_000_000)

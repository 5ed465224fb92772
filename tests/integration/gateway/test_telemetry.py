"""A turn's spans reach an OpenTelemetry collector under the names that it knows."""

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_django.fixtures import Settings

from supportapp.gateway import ledger, telemetry
from supportapp.gateway.telemetry import Told
from supportapp.tracing import Trace
from tests.fakes.model_server import ModelServer
from tests.integration.gateway.asking import ask

TOLD = Told(uuid.uuid4(), uuid.uuid4(), "Tally", question="What is my PIN?", answer="I can't say.")


class Collector:
    """An HTTP server that takes spans."""

    def __init__(self) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.path == "/v1/traces"
                collector.received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    @property
    def spans(self) -> dict[str, Span]:
        return {
            span.name: span
            for request in self.received
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }


@pytest.fixture
def collector(settings: Settings) -> Iterator[Collector]:
    collector = Collector()
    collector.thread.start()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{collector.server.server_port}"
    yield collector
    telemetry.forget()
    collector.server.shutdown()
    collector.thread.join()
    collector.server.server_close()


def attributes(span: Span) -> dict[str, object]:
    kinds = {each.key: each.value.WhichOneof("value") for each in span.attributes}
    return {each.key: getattr(each.value, str(kinds[each.key])) for each in span.attributes}


def one_turn() -> Trace:
    trace = Trace()
    with ledger.opened(), trace.span("generation"):
        ask(max_tokens=40)
    return trace


@pytest.mark.django_db
def test_a_turn_and_its_calls_arrive(
    collector: Collector, model: ModelServer, settings: Settings
) -> None:
    telemetry.export(one_turn(), TOLD)
    telemetry.flush()

    spans = collector.spans
    turn, step = spans["invoke_agent"], spans["generation"]
    call = spans[f"chat {settings.CHAT_MODEL}"]
    assert (step.parent_span_id, call.parent_span_id) == (turn.span_id, step.span_id)
    assert turn.start_time_unix_nano <= call.start_time_unix_nano
    assert call.end_time_unix_nano <= turn.end_time_unix_nano
    assert call.kind == Span.SPAN_KIND_CLIENT
    told = attributes(call)
    assert told["gen_ai.operation.name"] == "chat"
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.response.model"] == "fake-model-2025-01-01"
    assert told["gen_ai.request.max_tokens"] == 40
    assert told["gen_ai.usage.output_tokens"] > 0
    assert attributes(turn)["gen_ai.conversation.id"] == str(TOLD.conversation_id)


@pytest.mark.django_db
@pytest.mark.parametrize("opted_in", [False, True])
def test_words_leave_only_where_that_is_set(
    collector: Collector, model: ModelServer, settings: Settings, opted_in: bool
) -> None:
    settings.OTEL_CAPTURE_MESSAGES = opted_in
    telemetry.export(one_turn(), TOLD)
    telemetry.flush()
    assert ("What is my PIN?" in str(collector.received)) is opted_in


@pytest.mark.django_db
def test_a_failed_call_is_an_error_span(
    collector: Collector, model: ModelServer, spare_row: object, settings: Settings
) -> None:
    model.fault("500")
    telemetry.export(one_turn(), TOLD)
    telemetry.flush()
    failed = collector.spans[f"chat {settings.CHAT_MODEL}"]
    assert attributes(failed)["error.type"] == "model_unavailable"
    assert failed.status.code == 2


def test_without_a_collector_nothing_of_opentelemetry_is_loaded() -> None:
    code = (
        "import django; django.setup()\n"
        "from supportapp.gateway import telemetry\n"
        "from supportapp.tracing import Trace\n"
        "import sys, uuid\n"
        "telemetry.export(Trace(), telemetry.Told(uuid.uuid4()))\n"
        "assert not any(name.startswith('opentelemetry.sdk') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

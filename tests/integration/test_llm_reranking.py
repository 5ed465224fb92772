"""HttpReranker against the fake model server, in the forms that servers are known to take."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from supportapp.llm.errors import (
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelUnavailable,
)
from supportapp.llm.reranking import HttpReranker
from tests.fakes.model_server import ModelServer

TEXTS = ["bread and butter", "reset the router", "reset"]
Answering = Callable[[dict[str, Any]], tuple[int, object]]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def reranker(server: ModelServer) -> Iterator[HttpReranker]:
    reranker = HttpReranker(url=f"{server.base_url}/rerank", api_key="k", model="m", deadline=0.5)
    yield reranker
    reranker.close()


def test_scores_come_back_in_the_order_of_the_texts(server: ModelServer, reranker: HttpReranker):
    assert reranker.rerank("reset router", TEXTS) == [0.0, 1.0, 0.5]

    (request,) = server.requests
    assert request.body == {"model": "m", "query": "reset router", "documents": TEXTS, "top_n": 3}
    assert request.headers["authorization"] == "Bearer k"


def test_the_addresss_last_part_may_be_left_out(server: ModelServer):
    reranker = HttpReranker(url=server.base_url, deadline=0.5)

    assert len(reranker.rerank("reset", TEXTS)) == 3
    reranker.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", ModelRateLimited),
        ("401", ModelRejected),
        ("500", ModelUnavailable),
        ("cut", ModelUnavailable),
        ("html", ModelProtocolError),
        ("bad_json", ModelProtocolError),
        ("hang", ModelError),
        ("drip", ModelError),
    ],
)
def test_each_fault_is_one_error_within_the_deadline(
    server: ModelServer, reranker: HttpReranker, fault: str, error: type[ModelError]
):
    server.fault(fault, on="rerank")
    began = time.monotonic()

    with pytest.raises(error):
        reranker.rerank("reset", TEXTS)
    assert time.monotonic() - began < 1.5


def test_nobody_listening_is_unavailable(server: ModelServer, reranker: HttpReranker):
    server.stop()

    with pytest.raises(ModelUnavailable):
        reranker.rerank("reset", TEXTS)


@pytest.fixture
def serving() -> Iterator[Callable[[Answering], HttpReranker]]:
    """Start servers that answer as they are told, with a reranker for each."""
    closing: list[Callable[[], None]] = []

    def serve(answer: Answering) -> HttpReranker:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                status, reply = answer(json.loads(content))
                body = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Stay quiet."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        reranker = HttpReranker(url=f"http://127.0.0.1:{http.server_port}", deadline=1.0)
        closing.extend((reranker.close, http.shutdown, http.server_close))
        return reranker

    yield serve
    for close in closing:
        close()


def test_tei_takes_texts_and_answers_with_a_list(serving: Callable[[Answering], HttpReranker]):
    asked: list[set[str]] = []

    def tei(body: dict[str, Any]) -> tuple[int, object]:
        asked.append(set(body))
        if "texts" not in body:
            return 422, {"error": "missing field texts"}
        return 200, [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}]

    reranker = serving(tei)

    assert reranker.rerank("q", ["a", "b"]) == [0.1, 0.9]
    assert reranker.rerank("q", ["a", "b"]) == [0.1, 0.9]
    assert asked[1:] == [{"query", "texts"}] * 2, "what worked is kept"


def test_voyages_rows_are_called_data(serving: Callable[[Answering], HttpReranker]):
    reranker = serving(lambda body: (200, {"data": [{"index": 0, "relevance_score": 0.3}]}))

    scores = reranker.rerank("q", ["a", "b"])

    assert scores[0] == 0.3
    assert math.isinf(scores[1]), "left out"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"index": 2, "score": 1.0}],
        [{"index": -1, "score": 1.0}],
        [{"index": 0, "score": 1.0}, {"index": 0, "score": 0.5}],
        [{"index": 0, "score": None}],
        [{"index": 0}],
        [{"index": 0, "score": "NaN"}],
    ],
)
def test_wrong_rows_are_refused(
    serving: Callable[[Answering], HttpReranker], rows: list[dict[str, object]]
):
    reranker = serving(lambda body: (200, {"results": rows}))

    with pytest.raises(ModelProtocolError):
        reranker.rerank("q", ["a", "b"])

"""RemoteEmbedder against the fake model server: good vectors, or one clear error."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from supportapp.llm.embedding import RemoteEmbedder
from supportapp.llm.errors import EmbeddingMismatch, EmbeddingUnavailable
from supportapp.llm.values import Retries
from tests.fakes.model_server import ModelServer


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(dimension=64) as server:
        yield server


@pytest.fixture
def embedder(server: ModelServer) -> Iterator[RemoteEmbedder]:
    embedder = RemoteEmbedder(
        base_url=server.base_url,
        api_key="key",
        model="fake-embedding",
        dimension=64,
        batch=3,
        deadline=0.8,
        retries=Retries(attempts=2, first_wait=0.01, longest_wait=0.2),
    )
    yield embedder
    embedder.close()


def test_texts_come_back_in_order_and_with_length_one(embedder: RemoteEmbedder) -> None:
    texts = [f"text number {word}" for word in ("one", "two", "three", "four", "five")]

    together = embedder.embed(texts)

    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert together.shape == (5, 64)
    assert together.dtype == np.float32
    assert np.allclose(together, alone)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)


def test_texts_travel_in_batches(server: ModelServer, embedder: RemoteEmbedder) -> None:
    embedder.embed(["a", "b", "c", "d", "e", "f", "g"])

    assert [len(request.body["input"]) for request in server.requests] == [3, 3, 1]


def test_no_texts_need_no_request(server: ModelServer, embedder: RemoteEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 64)
    assert server.requests == []


def test_an_empty_text_is_sent_as_something_that_servers_take(
    server: ModelServer, embedder: RemoteEmbedder
) -> None:
    assert embedder.embed([""]).shape == (1, 64)
    assert server.requests[0].body["input"] == [" "]


@pytest.mark.parametrize("fault", ["429", "500", "cut", "bad_json", "html"])
def test_a_passing_fault_is_retried(
    server: ModelServer, embedder: RemoteEmbedder, fault: str
) -> None:
    server.fault(fault, on="embeddings").once()

    assert embedder.embed(["a"]).shape == (1, 64)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["500", "cut", "bad_json", "html", "hang", "drip", "401"])
def test_a_lasting_fault_is_embedding_unavailable_within_the_deadline(
    server: ModelServer, embedder: RemoteEmbedder, fault: str
) -> None:
    server.fault(fault, on="embeddings")
    started = time.monotonic()

    with pytest.raises(EmbeddingUnavailable):
        embedder.embed(["a"])

    assert time.monotonic() - started < 2


def test_a_long_retry_after_is_not_waited_for(
    server: ModelServer, embedder: RemoteEmbedder
) -> None:
    server.fault("429", on="embeddings", retry_after=90)

    with pytest.raises(EmbeddingUnavailable, match="rate_limited"):
        embedder.embed(["a"])

    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["too_few", "wrong_dimension", "zero_vector"])
def test_wrong_vectors_are_a_mismatch_and_never_returned(
    server: ModelServer, embedder: RemoteEmbedder, fault: str
) -> None:
    server.fault(fault)

    with pytest.raises(EmbeddingMismatch):
        embedder.embed(["a", "b"])

    assert len(server.requests) == 1


def test_the_mismatch_names_both_dimensions(server: ModelServer, embedder: RemoteEmbedder) -> None:
    server.fault("wrong_dimension")

    with pytest.raises(EmbeddingMismatch, match=r"expected dimension 64, got \[65\]"):
        embedder.embed(["a"])


def test_nobody_listening_is_embedding_unavailable(server: ModelServer) -> None:
    server.stop()
    embedder = RemoteEmbedder(
        base_url=server.base_url,
        api_key="",
        model="m",
        dimension=64,
        retries=Retries(attempts=0),
    )

    with pytest.raises(EmbeddingUnavailable, match="connection"):
        embedder.embed(["a"])
    embedder.close()


def test_threads_share_one_embedder(embedder: RemoteEmbedder) -> None:
    rows: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        rows[number] = embedder.embed([f"word{number}"])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({row.tobytes() for row in rows.values()}) == 8


def test_a_probe_finds_the_dimension_whatever_was_expected(
    server: ModelServer, embedder: RemoteEmbedder
) -> None:
    server.fault("wrong_dimension")

    assert embedder.probe() == 65


@pytest.mark.parametrize("fault", ["too_few", "zero_vector"])
def test_a_probe_refuses_what_is_no_vector(
    server: ModelServer, embedder: RemoteEmbedder, fault: str
) -> None:
    server.fault(fault)

    with pytest.raises(EmbeddingMismatch):
        embedder.probe()


def test_our_name_for_a_model_may_differ_from_the_endpoints(server: ModelServer) -> None:
    embedder = RemoteEmbedder(
        base_url=server.base_url, api_key="", model="theirs", name="ours", dimension=64
    )

    embedder.embed(["a"])
    embedder.close()

    assert (embedder.name, server.requests[0].body["model"]) == ("ours", "theirs")

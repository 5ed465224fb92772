"""`manage.py bench retrieval --rerank`: what a reranker brings, and where it failed."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from supportapp.retrieval import indexes
from tests.fakes.model_server import ModelServer

CORPUS = {
    "a": ("Refunds", "We give refunds within 30 days of a purchase."),
    "b": ("Gifts", "Refunds for a gift need the voucher."),
}


@pytest.fixture
def server(settings: Settings, db: None) -> Iterator[ModelServer]:
    indexes.forget()
    with ModelServer() as server:
        settings.RERANK_URL = f"{server.base_url}/rerank"
        yield server
    indexes.forget()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    corpus = [{"id": key, "title": title, "text": text} for key, (title, text) in CORPUS.items()]
    queries = [{"id": "1", "text": "refunds need the voucher"}]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    (tmp_path / "qrels.tsv").write_text("q\tc\ts\n1\tb\t1\n")
    return str(tmp_path)


def figures(folder: str, *words: str) -> dict[str, object]:
    out = StringIO()
    call_command("bench", "retrieval", "--data", folder, "--json", *words, stdout=out)
    found: dict[str, object] = json.loads(out.getvalue())
    return found


def test_the_reranked_order_is_measured(folder: str, server: ModelServer):
    found = figures(folder, "--rerank", "http")

    assert found["ndcg@10"] == 1.0
    assert "rerank" in found["stages"]  # type: ignore[operator]  # parsed JSON
    assert "degraded" not in found
    assert server.requests[-1].body["query"] == "refunds need the voucher"


def test_questions_that_went_without_are_counted(folder: str, server: ModelServer):
    server.fault("500", on="rerank")

    assert figures(folder, "--rerank", "http")["degraded"] == {"rerank": 1}


def test_off_needs_nobody(folder: str, server: ModelServer):
    figures(folder)

    assert server.requests == []


def test_a_reader_that_is_not_configured_is_refused(folder: str, db: None):
    with pytest.raises(CommandError, match="needs the settings"):
        figures(folder, "--rerank", "chat")

"""`manage.py bench` with questions that stand alone."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from supportapp.knowledge import embeddings
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import indexes
from tests.fakes.model_server import ModelServer

CORPUS = [
    {"id": "export", "text": "Export of reports: choose Download at the top of a report."},
    {"id": "router", "text": "Reset of the router: hold its button for ten seconds."},
    {"id": "invoice", "text": "Invoices are sent on the first of each month."},
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "1", "text": "When are invoices sent?", "human_rewrite": "When are invoices sent?"},
    {
        "id": "2",
        "text": "and how long for it?",
        "context": [{"speaker": "U", "text": "Does the router have a button?"}],
        "human_rewrite": "How long do I hold the button of the router to reset it?",
    },
]


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Iterator[Path]:
    indexes.forget()
    Workspace.default()
    embeddings.ensure_current_model()
    for name, rows in (("corpus", CORPUS), ("queries", QUESTIONS)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tinvoice\t1\n2\trouter\t1\n")
    yield tmp_path
    indexes.forget()


@pytest.fixture
def model(settings: Settings) -> Iterator[ModelServer]:
    with ModelServer() as server:
        settings.OPENAI_BASE_URL = server.base_url
        yield server


def bench(kind: str, folder: Path, *more: str) -> str:
    out = StringIO()
    call_command("bench", kind, "--data", str(folder), *more, stdout=out)
    return out.getvalue()


def figures(folder: Path, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bench("retrieval", folder, "--json", *more))
    return found


def test_given_rewrites_are_searched_beside_the_question(folder: Path) -> None:
    assert figures(folder, "--no-context")["recall@1"] == 0.5
    assert figures(folder, "--no-context", "--rewrites", "human_rewrite")["recall@1"] == 1.0


def test_rewrites_come_from_a_file_too(folder: Path) -> None:
    file = folder / "mine.jsonl"
    file.write_text(json.dumps({"id": "2", "text": "How long to reset the router?"}))
    assert figures(folder, "--no-context", "--rewrites", str(file))["recall@1"] == 1.0


def test_a_source_without_rewrites_is_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match="neither a file with rewrites nor a field"):
        bench("retrieval", folder, "--rewrites", "nothing")


def test_every_way_to_search_is_compared_with_the_first(folder: Path) -> None:
    rows = bench("rewrites", folder).splitlines()
    assert len(rows) == 2 + 6
    assert rows[2].startswith("| the question, with the conversation |")
    assert "a given rewrite in its place, nothing else" in rows[-1]


def test_the_models_rewrites_meet_the_checks(folder: Path, model: ModelServer) -> None:
    model.rewrite("How long for the reset of the router?")
    *_, outcomes = bench("rewrites", folder, "--rewrites", "model").splitlines()
    assert json.loads(outcomes) == {"first_question": 1, "used": 1}
    assert len(model.rewrites()) == 1


def test_without_a_model_its_rewrites_cannot_be_had(folder: Path) -> None:
    with pytest.raises(CommandError, match="OPENAI_BASE_URL"):
        bench("rewrites", folder, "--rewrites", "model")

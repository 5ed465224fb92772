"""`manage.py embeddings`, from the first look to the last vector."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from supportapp.evals import comparing
from supportapp.evals.benchmark import BenchmarkError
from supportapp.knowledge import embedders, embeddings, switching, tasks
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval import indexes
from tests.factories import ArticleFactory
from tests.fakes.model_server import ModelServer

ARTICLES = {
    "refunds": ("Refunds", "We give refunds within 30 days of a purchase."),
    "reset": ("Reset the router", "Hold the reset button for ten seconds."),
    "invoices": ("Invoices", "Invoices are sent on the first of each month."),
}
QUESTIONS = [
    {"id": "1", "text": "How do I get my money back?", "articles": ["refunds"]},
    {"id": "2", "text": "reset the router", "articles": ["reset"]},
    {"id": "3", "text": "a question that nothing answers", "articles": []},
]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(dimension=8) as server:
        yield server
        embedders.forget()


@pytest.fixture
def workspace(db: None) -> Iterator[Workspace]:
    indexes.forget()
    embeddings.ensure_current_model()
    for slug, (title, body) in ARTICLES.items():
        article = ArticleFactory(slug=slug, title=title, body=body, is_published=True)
        embeddings.embed_revision(article.published.pk)
    yield Workspace.default()
    indexes.forget()


@pytest.fixture
def added(workspace: Workspace, server: ModelServer) -> ModelServer:
    run("add", "second", "--url", server.base_url)
    return server


def run(*words: str) -> str:
    out = StringIO()
    call_command("embeddings", *words, stdout=out)
    return out.getvalue()


def listed() -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(run("list", "--json"))}


def active() -> str:
    return EmbeddingModel.objects.get(state="active").name


def test_adding_says_the_dimension_and_what_comes_next(workspace: Workspace, server: ModelServer):
    said = run("add", "second", "--url", server.base_url, "--per-minute", "600")

    assert "8 dimensions" in said
    assert "fill second" in said
    assert listed()["second"]["paused"]


def test_filling_here_ends_with_every_vector(added: ModelServer):
    assert "3 of 3" in run("fill", "second", "--here")
    assert (listed()["second"]["state"], listed()["second"]["ready"]) == ("standby", 3)


def test_filling_in_the_background_is_promised_and_may_be_paused(added: ModelServer):
    assert "3 vectors" in run("fill", "second")
    assert OutboxEvent.objects.filter(task="supportapp.knowledge.tasks.fill_model").exists()
    assert "is paused" in run("fill", "second", "--pause")
    with pytest.raises(CommandError, match="isn't being filled"):
        run("fill", "all-MiniLM-L6-v2", "--pause")


def test_switching_there_and_back(added: ModelServer):
    with pytest.raises(CommandError, match="no vector for 3 passages"):
        run("switch", "second")
    run("fill", "second", "--here")

    assert "stands by" in run("switch", "second")
    assert active() == "second"
    run("rollback")
    assert active() == "all-MiniLM-L6-v2"


def test_a_forced_switch_says_what_is_lacking(added: ModelServer):
    assert "lacks 3 vectors" in run("switch", "second", "--force")


def test_dropping_says_first_how_much_would_go(added: ModelServer):
    run("fill", "second", "--here")

    assert "3 vectors and their index would go" in run("drop", "second")
    assert EmbeddingModel.objects.filter(name="second", state="standby").exists()
    run("drop", "second", "--yes")
    event = OutboxEvent.objects.get(task=switching.REMOVE)
    tasks.remove_model(**event.payload, event_id=str(event.pk))
    assert not EmbeddingModel.objects.filter(name="second").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("drop", "all-MiniLM-L6-v2", "--yes"), "is the active model"),
        (("fill", "nothing"), "no model named nothing"),
        (("rollback",), "No model that was active"),
        (("add", "x", "--key-variable", "SECRET_KEY"), "EMBEDDING_KEY_"),
        (("add", "x", "--local"), "there is one model"),
        (("add", "x", "--url", "http://127.0.0.1:9/v1"), "can’t be reached"),
    ],
)
def test_what_can_not_be_done_is_said(workspace: Workspace, words: tuple[str, ...], reason: str):
    with pytest.raises(CommandError, match=reason):
        run(*words)


class TestComparing:
    def questions(self, folder: Path) -> str:
        path = folder / "asked.jsonl"
        path.write_text("\n".join(json.dumps(line) for line in QUESTIONS))
        return str(path)

    def test_two_models_are_compared_on_labelled_questions(
        self, added: ModelServer, tmp_path: Path
    ):
        words = ("compare", "all-MiniLM-L6-v2", "second", "--questions", self.questions(tmp_path))

        figures = json.loads(run(*words, "--json"))

        assert (figures["queries"], figures["passages"]) == (2, 3)
        gain = figures["measures"]["ndcg@10"]
        assert gain["difference"]["mean"] == pytest.approx(
            gain["second"]["mean"] - gain["first"]["mean"], abs=1e-3
        )
        assert gain["difference"]["low"] <= gain["difference"]["high"]
        assert len(figures["changed"]) == figures["better"] + figures["worse"]
        assert active() == "all-MiniLM-L6-v2"
        assert listed()["second"]["paused"], "comparing starts no fill"

    def test_a_benchmarks_folder_will_do(self, added: ModelServer, tmp_path: Path):
        corpus = [
            {"id": slug, "title": title, "text": body} for slug, (title, body) in ARTICLES.items()
        ]
        for name, lines in (("corpus", corpus), ("queries", QUESTIONS[:2])):
            text = "\n".join(json.dumps(line) for line in lines)
            (tmp_path / f"{name}.jsonl").write_text(text)
        (tmp_path / "qrels.tsv").write_text("q\tc\ts\n1\trefunds\t1\n2\treset\t1\n")
        words = ("compare", "second", "all-MiniLM-L6-v2", "--data", str(tmp_path))

        figures = json.loads(run(*words, "--json"))

        assert figures["measures"]["recall@10"]["second"]["mean"] == 1.0

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "No line"),
            ("nonsense", "Line 1"),
            ('{"text": "a"}', "articles field required"),
            ('{"text": "a", "articles": ["nowhere"]}', "no published article nowhere"),
            (
                '{"id": "1", "text": "a", "articles": ["reset"]}\n'
                '{"id": "1", "text": "b", "articles": ["reset"]}',
                "same id",
            ),
        ],
    )
    def test_questions_that_can_not_be_used_are_named(
        self, workspace: Workspace, text: str, reason: str
    ):
        with pytest.raises(BenchmarkError, match=reason):
            comparing.of_workspace("asked", workspace, comparing.parse(text))

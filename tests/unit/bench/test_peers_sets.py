"""The comparison with peers: what they are asked, and the files that keep their answers."""

import json
from pathlib import Path

import pytest

from bench.peers import catalogue, made_sets, runs, sets
from bench.peers.protocol import Scored
from bench.peers.runs import CONVERSATION, Run
from bench.peers.sets import Question

PROJECT = Path(__file__).parents[3]


def test_a_run_comes_back_from_trecs_form_as_it_was(tmp_path: Path):
    run = Run(
        system="langchain",
        reading=CONVERSATION,
        ranked={"q|1": [Scored("hotel|0|*", 0.1 + 0.2), Scored("b", 1e-9)], "q<::>2": []},
        unanswerable={"u": [Scored("b", -3.0)]},
        milliseconds=[1.25],
        confidence={"q|1": 0.5},
        seconds_to_index=2.5,
    )
    runs.save(run, tmp_path)
    (found,) = runs.load(tmp_path)
    assert found.ranked == {"q|1": run.ranked["q|1"]}  # TREC has no line for an empty ranking
    assert (found.unanswerable, found.confidence) == (run.unanswerable, run.confidence)
    assert (found.name, found.milliseconds) == ("langchain.conversation", [1.25])
    assert found.seconds_to_index == 2.5


def test_a_file_of_rankings_is_what_trec_eval_reads(tmp_path: Path):
    runs.save(Run("bm25", "message", {"q": [Scored("a", 2.0), Scored("b", 1.5)]}), tmp_path)
    lines = (tmp_path / "bm25.message.trec").read_text().splitlines()
    assert [line.split() for line in lines] == [
        ["q", "Q0", "a", "1", "2.0", "bm25"],
        ["q", "Q0", "b", "2", "1.5", "bm25"],
    ]


def test_an_article_keeps_the_best_place_of_its_parts():
    found = [Scored("a", 3.0), Scored("b", 2.0), Scored("a", 1.0)]
    assert runs.once_each(found) == [Scored("a", 3.0), Scored("b", 2.0)]


def test_nothing_found_is_the_least_sure():
    run = Run("vectors", "message", {"q": [Scored("a", -5.0)]})
    assert run.sureness("other") < run.sureness("q")


def test_the_question_is_kept_whole_where_the_conversation_is_long():
    question = Question("q", "and for children?", ("word " * 400, "the last one"))
    text = question.after_conversation()
    assert text.endswith("the last one and for children?")
    assert len(text.split()) == sets.MOST_WORDS


def test_a_question_longer_than_the_limit_stands_alone():
    text = "word " * 200
    assert Question("q", text, ("said",)).after_conversation() == text


def test_a_question_without_conversation_stays_as_it_is():
    assert Question("q", "how?").after_conversation() == "how?"


def test_evenly_spaced_items_begin_with_the_first():
    assert sets.evenly(range(10), 4) == [0, 2, 5, 7]
    assert sets.evenly(range(3), 4) == [0, 1, 2]


def test_a_folder_is_read_as_the_product_reads_it(tmp_path: Path):
    lines = {
        "corpus.jsonl": [
            {"id": 1, "entity": "Inn", "title": "Pets", "text": "Dogs\0 may come."},
            {"id": 2, "title": "", "text": "Bare."},
        ],
        "queries.jsonl": [
            {"id": "q1", "text": "dogs?", "context": [{"speaker": "U", "text": "Hi"}]},
            {"id": "unjudged", "text": "cats?"},
        ],
    }
    for name, rows in lines.items():
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "qrels.tsv").write_text('query-id\tcorpus-id\tscore\nq1\t1\t1\nq1\t"\t0\n')
    found = sets.read(tmp_path)
    texts = [(passage.id, passage.text) for passage in found.passages]
    assert texts == [("1", "Inn > Pets\nDogs  may come."), ("2", "Bare.")]
    assert found.questions == [Question("q1", "dogs?", ("Hi",))]
    assert found.grades == {"q1": {"1": 1, '"': 0}}
    assert found.has_conversations
    assert not found.unanswerable


def test_the_help_centre_becomes_a_set_of_articles_and_their_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(PROJECT)
    (place,) = made_sets.make(tmp_path / "no benchmarks", tmp_path)
    found = sets.read(place)
    corpus = (place / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    articles = {json.loads(line)["id"] for line in corpus}
    assert {passage.id for passage in found.passages} == articles
    assert len(found.passages) > len(articles)
    assert {item for items in found.grades.values() for item in items} <= articles
    assert found.unanswerable
    assert not [passage for passage in found.passages if "(internal)" in passage.text]


def test_every_peer_names_a_module_that_exists():
    for entry in catalogue.PEERS.values():
        module, name = entry.place.split(":")
        text = (PROJECT / "bench" / "peers" / f"{module}.py").read_text(encoding="utf-8")
        assert f"class {name}" in text
        assert not entry.timed or f"def {entry.timed}(" in text

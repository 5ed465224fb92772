"""`manage.py evals`: in and out, run with bounds, compared, gone on with; exit codes say how."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from supportapp.evals import datasets
from supportapp.evals.models import Dataset, Result, Run
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText


def evals(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("evals", *arguments, stdout=out)
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


def code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        evals(*arguments)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_a_run_in_ci_exits_by_its_bounds(dataset: Dataset):
    report = evals("run", "golden", "--json", "--fail-under", "refusal=1")
    assert report["passed"]
    assert (report["done"], report["scorers"]["refusal"]["mean"]) == (3, 1.0)
    assert code("run", "golden", "--fail-under", "milliseconds=0") == 1
    assert {row["last_state"] for row in evals("list", "--json")["datasets"]} == {"done"}
    assert "refusal" in evals("show", str(report["run"]), "--examples")
    with pytest.raises(CommandError, match="no scorer 'suport'"):
        evals("run", "golden", "--fail-under", "suport=1")
    with pytest.raises(CommandError, match=r"no dataset 'gold'\. There are: golden"):
        evals("run", "gold")


def test_a_regression_after_a_publication_fails_and_names_the_scorer(dataset: Dataset):
    before = evals("run", "golden", "--json")
    article = Article.objects.get(slug="refunds")
    text = ArticleText("Company picnic", "The picnic is on Sunday. Bring a hat.")
    draft = publishing.save_draft(article, text, None)
    embeddings.embed_revision(publishing.publish(draft).revision.pk)
    for example in dataset.current.exclude(topic="billing"):
        datasets.remove(example)
    assert code("run", "golden", "--fail-on-regression") == 1
    after = Run.objects.first()
    assert after is not None
    found = evals("compare", str(before["run"]), str(after.pk), "--json")
    assert found["scorers"]["assertions"]["direction"] == "worse"
    assert [row["direction"] for row in found["changed"]] == ["worse"]
    assert len(found["only_before"]) == 2


def test_a_broken_off_run_is_gone_on_with_by_name_or_as_the_latest(dataset: Dataset):
    run = Run.objects.get(pk=evals("run", "golden", "--json")["run"])
    with pytest.raises(CommandError, match="No run of this dataset was broken off"):
        evals("run", "golden", "--resume")
    Result.objects.filter(run=run, example__topic="other").delete()
    Run.objects.filter(pk=run.pk).update(state="running", done=2)
    assert evals("run", "golden", "--resume", "--json")["run"] == run.pk
    assert run.results.count() == 3


def test_examples_go_in_and_out_and_a_bad_line_leaves_everything_as_it_was(
    dataset: Dataset, tmp_path: Path
):
    exported = evals("export", "golden")
    file = tmp_path / "lines.jsonl"
    file.write_text(exported, encoding="utf-8")
    assert evals("import", "golden", str(file), "--json")["unchanged"] == 3
    assert evals("import", "copy", str(file), "--json")["added"] == 3
    assert evals("export", "copy") == exported
    assert '"ideal"' in evals("export", "golden", "--form", "openai")
    file.write_text(exported + '{"question": ""}\n', encoding="utf-8")
    with pytest.raises(CommandError, match="Line 4: question: is empty"):
        evals("import", "fresh", str(file))
    assert dataset.workspace.datasets.get(name="fresh").examples.count() == 0
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CommandError, match="UTF-8"):
        evals("import", "golden", str(file))


def test_suggestions_are_at_least_three_for_each_example_and_may_be_taken_over(dataset: Dataset):
    proposed = evals("suggest", "golden", "--json")["suggestions"]
    assert len(proposed) == 3
    assert min(map(len, proposed.values())) >= 3
    evals("suggest", "golden", "--write")
    assert all(len(each.assertions) >= 3 for each in dataset.current)

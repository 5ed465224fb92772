"""Staff pages of datasets and runs: who may, what is shown, and what is never shown raw."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from supportapp.evals import carrying, datasets, importing, trust
from supportapp.evals.models import Dataset, Opinion, Result, Run
from supportapp.evals.running import TASK
from supportapp.outbox.models import OutboxEvent
from tests.factories import UserFactory, WorkspaceFactory


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(UserFactory.create(editor=True))
    return client


@pytest.fixture
def run(dataset: Dataset, editor: Client) -> Run:
    response = editor.post(reverse("evals:start", args=[dataset.pk]), {"repeats": "1"})
    run = Run.objects.get()
    assert response.headers["Location"] == reverse("evals:run", args=[run.pk])
    assert OutboxEvent.objects.filter(task=TASK).count() == 1
    return run


def test_customers_see_none_of_it_and_reviewers_may_not_run(dataset: Dataset, client: Client):
    pages = [
        reverse("evals:datasets"),
        reverse("evals:dataset", args=[dataset.pk]),
        reverse("evals:export", args=[dataset.pk]),
        reverse("evals:judges"),
    ]
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(UserFactory.create())
    assert {client.get(page).status_code for page in pages} == {403}
    client.force_login(UserFactory.create(reviewer=True))
    assert {client.get(page).status_code for page in pages} == {200}
    assert client.post(reverse("evals:start", args=[dataset.pk])).status_code == 403
    assert client.post(reverse("evals:upload", args=[dataset.pk])).status_code == 403


def test_a_run_shows_its_progress_then_its_figures_and_each_result(run: Run, editor: Client):
    page = reverse("evals:run", args=[run.pk])
    assert "Waiting for the worker" in editor.get(page).content.decode()
    carrying.carry_on(run.pk)
    shown = editor.get(page).content.decode()
    assert "95% interval" in shown
    assert "billing" in shown
    result = run.results.get(example__topic="billing")
    body = editor.get(reverse("evals:result", args=[run.pk, result.pk])).content.decode()
    assert "14 days" in body
    low = editor.get(page, {"show": "low"}).content.decode()
    assert low.count("capital of Mongolia") == 0
    sheet = editor.get(reverse("evals:results", args=[run.pk])).content.decode()
    assert sheet.splitlines()[0].startswith("example,repeat,topic")


def test_a_run_is_cancelled_and_gone_on_with_from_its_page(run: Run, editor: Client):
    editor.post(reverse("evals:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "cancelled"
    editor.post(reverse("evals:go_on", args=[run.pk]))
    assert carrying.carry_on(run.pk) is carrying.Ended.DONE


def test_what_an_answer_holds_is_never_markup_or_a_formula(run: Run, editor: Client):
    carrying.carry_on(run.pk)
    result = run.results.get(example__topic="billing")
    result.answer = '=HYPERLINK("x") <img src=x onerror=alert(1)> [x](javascript:alert(1))'
    result.save()
    other = Run.objects.get(pk=run.pk)
    for page in (
        reverse("evals:result", args=[run.pk, result.pk]),
        reverse("evals:compare", args=[run.pk, other.pk]),
    ):
        body = editor.get(page).content.decode()
        assert "<img" not in body
        assert 'href="javascript' not in body
    sheet = editor.get(reverse("evals:results", args=[run.pk])).content.decode()
    assert "\"'=HYPERLINK" in sheet


def test_runs_are_compared_side_by_side_within_a_workspace_only(
    run: Run, editor: Client, dataset: Dataset
):
    carrying.carry_on(run.pk)
    editor.post(reverse("evals:start", args=[dataset.pk]), {"repeats": "2", "reason": "Twice"})
    after = Run.objects.first()
    assert after is not None
    carrying.carry_on(after.pk)
    address = reverse("evals:compare", args=[run.pk, after.pk])
    assert "the same" in editor.get(address).content.decode()
    elsewhere = datasets.golden(WorkspaceFactory.create(slug="other"))
    datasets.add(elsewhere, question="Elsewhere?")
    foreign = Run.objects.create(
        dataset=elsewhere, dataset_version=1, prompt="v2", prompt_sha256="0" * 64
    )
    assert editor.get(reverse("evals:compare", args=[run.pk, foreign.pk])).status_code == 404


def test_an_example_is_added_edited_and_left_out(dataset: Dataset, editor: Client):
    given = {
        "question": "How do I export?",
        "outcome": "answered",
        "must_say": "Export\nCSV | spreadsheet",
        "articles": "export",
        "language": "en",
        "audiences": ["public"],
        "context": "U: I keep a budget.\nS: How can I help?",
        "assertions": '{"kind": "words", "most": 80}',
    }
    response = editor.post(reverse("evals:add_example", args=[dataset.pk]), given)
    example = dataset.current.get(question="How do I export?")
    assert response.headers["Location"] == reverse("evals:example", args=[dataset.pk, example.pk])
    assert example.must_say == ["Export", "CSV | spreadsheet"]
    assert example.context[1] == {"speaker": "S", "text": "How can I help?"}
    page = editor.get(response.headers["Location"]).content.decode()
    assert "Cites export" in page
    ticked = given | {"suggested": [json.dumps({"kind": "cites", "article": "export"})]}
    editor.post(response.headers["Location"], ticked)
    edited = dataset.current.get(key=example.key)
    assert [each["kind"] for each in edited.assertions] == ["words", "cites"]
    bad = editor.post(response.headers["Location"], given | {"assertions": "{"})
    assert bad.status_code == 400
    assert "isn’t JSON" in bad.content.decode()
    editor.post(reverse("evals:remove_example", args=[dataset.pk, edited.pk]))
    assert not dataset.current.filter(key=example.key).exists()


def test_a_file_comes_in_whole_or_not_at_all_and_a_topic_becomes_a_dataset(
    dataset: Dataset, editor: Client
):
    address = reverse("evals:upload", args=[dataset.pk])
    bad = SimpleUploadedFile("a.jsonl", b'{"question": "One?"}\n{"question": 2}\n')
    response = editor.post(address, {"file": bad})
    assert response.status_code == 400
    assert "Line 2: question" in response.content.decode()
    assert dataset.current.count() == 3
    large = SimpleUploadedFile("a.jsonl", b" " * 5_000_001)
    assert "At most 5 MB" in editor.post(address, {"file": large}).content.decode()
    good = SimpleUploadedFile("a.jsonl", b'{"input": "One?", "ideal": "Yes"}\n')
    assert editor.post(address, {"file": good}).status_code == 302
    editor.post(reverse("evals:of_topic", args=[dataset.pk]), {"topic": "billing"})
    made = Dataset.objects.get(name="golden-billing")
    assert (made.topic, made.current.count()) == ("billing", 1)


def test_a_judge_is_hidden_from_whoever_judges_and_trusted_as_far_as_people_agree(
    run: Run, editor: Client
):
    carrying.carry_on(run.pk)
    Run.objects.filter(pk=run.pk).update(judge="judge-1")
    result = run.results.get(example__topic="billing")
    result.scores["relevance"] = {"value": 0.5, "note": "Says too little.", "label": "partly"}
    result.save()
    address = reverse("evals:result", args=[run.pk, result.pk])
    assert "Says too little" not in editor.get(address).content.decode()
    editor.post(address, {"relevance": "no"})
    assert Opinion.objects.get().label == "no"
    assert "Says too little" in editor.get(address).content.decode()
    editor.post(address, {"relevance": "maybe"})
    assert Opinion.objects.get().label == "no"
    found = trust.of(run.dataset.workspace)
    assert [(each.topic, each.agreement.observed) for each in found] == [
        (trust.ALL, 1.0),
        ("billing", 1.0),
    ]
    assert "too few to say" in editor.get(reverse("evals:judges")).content.decode()


def test_only_the_examples_of_the_sample_are_taken_where_its_articles_are(dataset: Dataset):
    empty = WorkspaceFactory.create(slug="empty")
    assert importing.load_sample(empty) is None
    assert importing.load_sample(dataset.workspace) is None
    assert Result.objects.count() == 0

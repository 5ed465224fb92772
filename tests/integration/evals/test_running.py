"""Runs of datasets: whole, broken off and gone on with, delivered twice, cancelled."""

import threading
import uuid

import pytest

from supportapp.evals import carrying, datasets, running
from supportapp.evals.carrying import Ended, Limits
from supportapp.evals.models import Dataset, Result, Run
from supportapp.evals.tasks import run_dataset
from supportapp.outbox.models import OutboxEvent


@pytest.fixture
def run(dataset: Dataset) -> Run:
    return running.start(dataset, reason="A test.", author=None)


def test_a_run_answers_and_scores_every_example_and_says_what_answered(run: Run):
    assert carrying.carry_on(run.pk) is Ended.DONE
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == ("done", 3, 3)
    figures = run.figures["scorers"]
    assert figures["refusal"]["mean"] == figures["assertions"]["mean"] == 1.0
    assert figures["recall@5"]["mean"] == figures["support"]["mean"] == 1.0
    assert set(run.figures["topics"]) == {"account", "billing", "other"}
    assert run.generation == 3
    assert run.prompt == "v2"
    assert len(run.prompt_sha256) == 64
    assert len(run.code_version.split()[-1]) == 12
    result = run.results.get(example__topic="billing")
    assert "14 days" in result.answer
    assert result.citations[0]["slug"] == result.ranked[0] == "refunds"
    assert result.scores["cost"]["value"] == 0.0


def test_a_killed_run_goes_on_where_it_stopped(run: Run):
    stop = threading.Event()

    def stopped_after_one(done: int, total: int) -> None:
        if done == 1:
            stop.set()

    limits = Limits(stopping=stop)
    ended = carrying.carry_on(run.pk, limits=limits, progress=stopped_after_one)
    run.refresh_from_db()
    assert (ended, run.state) == (Ended.CANCELLED, "cancelled")
    first = list(Result.objects.values_list("pk", flat=True))
    assert len(first) == 1
    assert carrying.carry_on(run.pk) is Ended.NOT_FREE
    assert carrying.carry_on(run.pk, by_force=True) is Ended.DONE
    assert set(first) < set(Result.objects.values_list("pk", flat=True))
    run.refresh_from_db()
    assert run.done == Result.objects.count() == 3


def test_a_run_delivered_twice_counts_each_example_once(run: Run):
    event = OutboxEvent.objects.get(task=running.TASK)
    run_dataset(run.pk, str(event.pk))
    run_dataset(run.pk, str(event.pk))
    run.refresh_from_db()
    assert (run.state, run.done, Result.objects.count()) == ("done", 3, 3)
    event.refresh_from_db()
    assert event.state == OutboxEvent.State.DONE


def test_who_was_taken_over_stores_nothing_more(run: Run):
    taken = []

    def taken_over(done: int, total: int) -> None:
        if done == 1:
            taken.append(running.take(run.pk, by_force=True))

    assert carrying.carry_on(run.pk, progress=taken_over) is Ended.CANCELLED
    run.refresh_from_db()
    assert (run.state, run.holder, run.done) == ("running", taken[0], 1)
    assert Result.objects.count() == 1


def test_a_run_that_somebody_carries_on_is_left_alone(run: Run):
    assert running.take(run.pk)
    assert carrying.carry_on(run.pk) is Ended.NOT_FREE
    event = OutboxEvent.objects.get(task=running.TASK)
    run_dataset(run.pk, str(event.pk))
    event.refresh_from_db()
    assert event.state != OutboxEvent.State.DONE


def test_a_cancelled_run_keeps_what_it_has_and_may_be_gone_on_with(run: Run):
    def cancelled(done: int, total: int) -> None:
        if done == 2:
            assert running.cancel(run)

    assert carrying.carry_on(run.pk, progress=cancelled) is Ended.CANCELLED
    run.refresh_from_db()
    assert (run.state, run.done) == ("cancelled", 2)
    assert running.go_on(run)
    assert not running.go_on(run)
    assert carrying.carry_on(run.pk) is Ended.DONE


def test_when_its_time_is_up_the_rest_is_promised_anew(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("supportapp.evals.tasks.SLICE_SECONDS", 0)
    run_dataset(run.pk, str(OutboxEvent.objects.get(task=running.TASK).pk))
    run.refresh_from_db()
    assert (run.state, run.holder) == ("running", None)
    assert OutboxEvent.objects.filter(task=running.TASK).count() == 2
    assert carrying.carry_on(run.pk) is Ended.DONE


def test_an_edit_after_a_run_leaves_the_run_its_examples(dataset: Dataset, run: Run):
    example = dataset.current.get(topic="billing")
    edited = datasets.edit(example, {"must_say": ["60 days"]}, None)
    datasets.remove(dataset.current.get(topic="other"))
    assert dataset.version == 2
    assert edited.key == example.key
    assert carrying.carry_on(run.pk) is Ended.DONE
    assert run.results.filter(example=example).exists()
    assert not run.results.filter(example=edited).exists()
    assert [each.examples for each in datasets.history(dataset)] == [2, 3]
    again = running.start(dataset, reason="", author=None)
    assert (again.dataset_version, again.total) == (2, 2)
    assert carrying.carry_on(again.pk) is Ended.DONE
    again.refresh_from_db()
    assert again.figures["topics"]["billing"]["assertions"]["mean"] < 1


def test_the_same_question_of_the_same_turn_is_added_once(dataset: Dataset):
    turn = uuid.uuid4()
    first = datasets.add(dataset, question="Where is my invoice?", turn=turn)
    assert datasets.add(dataset, question="Where is my invoice?", turn=turn) == first
    other = datasets.add(dataset, question="Where is my invoice?", turn=uuid.uuid4())
    assert other.key == f"{first.key}-2"

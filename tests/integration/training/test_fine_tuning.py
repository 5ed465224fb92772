"""A model is trained at its server, through every fault of the way, and must prove itself."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from supportapp.evals import datasets
from supportapp.evals.models import Run
from supportapp.gateway import registry
from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from supportapp.training import fine_tunings, registering
from supportapp.training.fine_tunings import NotPossible, Plan
from supportapp.training.models import FineTuning, TrainingFile, TrainingSet
from supportapp.training.registering import NotComparable
from tests.fakes.model_server import ModelServer

State = FineTuning.State
PLAN = Plan("main", "base-1", suffix="Acme!", epochs=2, price=Decimal(8))


@pytest.fixture
def made(workspace: Workspace, admin: User) -> TrainingSet:
    found = TrainingSet.objects.create(workspace=workspace, state="done", licence="internal")
    for split, rows in (("train", 20), ("validation", 2)):
        TrainingFile.objects.create(
            training_set=found, split=split, content='{"messages": []}\n' * rows,
            rows=rows, tokens=1000, sha256="0" * 64,
        )  # fmt: skip
    return found


@pytest.fixture
def job(made: TrainingSet, model: ModelConfig, admin: User) -> FineTuning:
    return fine_tunings.start(made, PLAN, admin, mark="a-mark")


def follow(job: FineTuning, steps: int = 8) -> FineTuning:
    """Let the worker come by, each time when the job is due."""
    now = timezone.now()
    for _ in range(steps):
        job.refresh_from_db()
        now = max(now, job.next_look_at or now) + timedelta(seconds=1)
        fine_tunings.follow_all(now)
    job.refresh_from_db()
    return job


def sent(server: ModelServer, method: str, ending: str) -> int:
    return sum(
        each.method == method and each.path.partition("?")[0].endswith(ending)
        for each in server.requests
    )


def test_a_job_goes_from_upload_to_a_model_on_trial(job: FineTuning, server: ModelServer):
    assert follow(job).state == State.SUCCEEDED
    assert (sent(server, "POST", "/files"), sent(server, "POST", "/jobs")) == (2, 1)
    told = next(iter(server.tuning.jobs.values()))
    assert told["method"] == {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 2}},
    }
    assert told["validation_file"]
    assert job.events[0]["text"] == "The job is succeeded"
    assert fine_tunings.cost(job) == Decimal(8) * job.trained_tokens / 1_000_000
    made = job.registered
    assert made is not None
    assert (made.is_enabled, made.is_on_trial) == (False, True)
    assert made.name == f"acme-ft-{job.pk}"
    assert made.wire_name == job.served_name
    assert made.name not in {each.endpoint.name for each in registry.configured()}
    with registry.with_trials():
        assert made.name not in {each.name for each in registry.endpoints("answer")}
        assert registry.endpoints("answer", first=made.name)[0].api_key == "sk-secret"


def test_the_same_start_twice_is_one_job(job: FineTuning, made: TrainingSet, admin: User):
    assert fine_tunings.start(made, PLAN, admin, mark="a-mark") == job


@pytest.mark.parametrize("door", ["files", "fine_tuning"])
@pytest.mark.parametrize("fault", ["cut", "503", "429"])
def test_a_fault_on_the_way_sends_nothing_twice(
    job: FineTuning, server: ModelServer, door: str, fault: str
):
    server.fault(fault, on=door, retry_after=1).times(2)  # type: ignore[arg-type]
    assert follow(job, 14).state == State.SUCCEEDED
    assert len(server.tuning.jobs) == 1
    assert len(server.tuning.files) == 2


def test_a_worker_that_died_after_the_server_began_starts_no_second_job(
    job: FineTuning, server: ModelServer
):
    follow(job, 3)
    assert job.state == State.TRAINING
    FineTuning.objects.filter(pk=job.pk).update(job="", state=State.UPLOADING, next_look_at=None)
    assert follow(job).state == State.SUCCEEDED
    assert len(server.tuning.jobs) == 1


def test_two_workers_dont_do_one_step_twice(job: FineTuning):
    now = timezone.now()
    FineTuning.objects.filter(pk=job.pk).update(next_look_at=now + timedelta(minutes=1))
    assert not fine_tunings.advance(job.pk, now)


def test_a_job_that_fails_there_says_why(job: FineTuning, server: ModelServer):
    server.tuning.fail_with = "exceeded_quota"
    assert follow(job).state == State.FAILED
    assert "exceeded_quota" in job.message
    assert job.registered is None


def test_what_the_server_refuses_is_not_tried_again(job: FineTuning, server: ModelServer):
    server.fault("401", on="files")
    assert follow(job).state == State.FAILED
    assert len(server.requests) == 1


def test_a_server_that_stays_away_ends_it_after_an_hour_or_so(job: FineTuning, server: ModelServer):
    server.fault("503", on="files")
    began = timezone.now()
    assert follow(job, 15).state == State.FAILED
    assert len(server.requests) == fine_tunings.MOST_ATTEMPTS
    assert isinstance(began, datetime)


def test_a_job_is_cancelled_there_too(job: FineTuning, server: ModelServer):
    follow(job, 3)
    assert fine_tunings.cancel(job)
    assert follow(job, 1).state == State.CANCELLED
    assert [each["status"] for each in server.tuning.jobs.values()] == ["cancelled"]
    assert not fine_tunings.cancel(job)


def test_what_can_t_be_trained_is_refused(made: TrainingSet, model: ModelConfig, admin: User):
    with pytest.raises(NotPossible, match="no model nobody"):
        fine_tunings.start(made, Plan("nobody", "base-1"), admin)
    made.files.filter(split="train").update(rows=3)
    with pytest.raises(NotPossible, match="too few"):
        fine_tunings.start(made, PLAN, admin)
    assert fine_tunings.estimate(made, 2, Decimal(8)) == Decimal("0.016")


def test_no_route_uses_the_model_before_it_was_compared(
    job: FineTuning, workspace: Workspace, admin: User, server: ModelServer
):
    with pytest.raises(NotComparable):
        registering.compare(job, admin)
    job = follow(job)
    with pytest.raises(NotComparable, match="golden set is empty"):
        registering.compare(job, admin)
    datasets.add(datasets.golden(workspace), question="How do I cancel my plan?")
    job = registering.compare(job, admin)
    assert job.registered is not None
    both = registering.sides(job)
    assert both is not None
    assert [each.run.model for each in both] == ["main", job.registered.name]
    with pytest.raises(NotComparable):
        registering.put_into_use(job, admin)
    Run.objects.update(state=Run.State.DONE, done=1, cost=Decimal("0.5"))
    job = FineTuning.objects.get(pk=job.pk)
    assert [each.cost_each for each in registering.sides(job) or ()] == [Decimal("0.5")] * 2
    registering.put_into_use(job, admin)
    row = ModelConfig.objects.get(pk=job.registered_id)
    assert (row.is_enabled, row.is_on_trial) == (True, False)
    assert row.name in {each.endpoint.name for each in registry.configured()}

"""Fine-tuning jobs: started, followed step by step by the worker, cancelled, registered.

Each call of `advance` does one step and writes it down. What a server was told without our
hearing of it (a lost connection, a killed worker) is looked for by its mark before it is told
again, so that no file is sent and no job begun twice.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from supportapp.gateway import registry
from supportapp.llm.endpoints import Endpoint
from supportapp.llm.errors import ModelError, ModelRateLimited, ModelRejected
from supportapp.llm.tuning import Order, Tuner, TuningJob
from supportapp.training import registering, sets
from supportapp.training.models import FineTuning, TrainingFile, TrainingSet

logger = logging.getLogger(__name__)
LOOK_EVERY = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=15)
# So long one worker has for a step; then another may take it.
STEP = timedelta(minutes=3)
MOST_ATTEMPTS = 12
USUAL_EPOCHS = 3
FEWEST_ROWS = 10
State, Split = FineTuning.State, TrainingFile.Split
MILLION = Decimal(1_000_000)


class NotPossible(Exception):
    """A fine-tuning can't be started so; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What staff ask for."""

    endpoint: str
    base_model: str
    suffix: str = ""
    epochs: int | None = None
    price: Decimal | None = None


def start(made: TrainingSet, plan: Plan, author: User | None, *, mark: str = "") -> FineTuning:
    """Have a model trained on a set; the same mark twice returns the first. Raises NotPossible."""
    _refuse(made, plan)
    with transaction.atomic():
        job, _ = FineTuning.objects.get_or_create(
            mark=mark or secrets.token_hex(12),
            defaults={
                "workspace": made.workspace,
                "training_set": made,
                "endpoint": plan.endpoint,
                "base_model": plan.base_model,
                "suffix": plan.suffix[:40],
                "epochs": plan.epochs,
                "price": plan.price,
                "seed": made.seed,
                "author": author,
            },
        )
    return job


def estimate(made: TrainingSet, epochs: int | None, price: Decimal | None) -> Decimal | None:
    """Return what a training will cost, roughly; None where no price is known."""
    train = made.files.filter(split=Split.TRAIN).first()
    if train is None or price is None:
        return None
    return price * train.tokens * (epochs or USUAL_EPOCHS) / MILLION


def cost(job: FineTuning) -> Decimal | None:
    """Return what a training cost, by the tokens that the server counted."""
    if job.price is None or job.trained_tokens is None:
        return None
    return job.price * job.trained_tokens / MILLION


def cancel(job: FineTuning) -> bool:
    """Ask for the end of a job. False where it had ended."""
    still = FineTuning.objects.filter(pk=job.pk, state__in=FineTuning.RUNNING)
    return bool(still.update(is_cancel_asked=True, next_look_at=None))


def follow_all(now: datetime) -> int:
    """Take every job that is due a step further; returns how many."""
    due = FineTuning.objects.filter(
        Q(next_look_at=None) | Q(next_look_at__lte=now), state__in=FineTuning.RUNNING
    )
    return sum(advance(pk, now) for pk in due.values_list("pk", flat=True))


def advance(job_id: int, now: datetime) -> bool:
    """Do a job's next step; False where another worker is at it, or none is due."""
    taken = FineTuning.objects.filter(
        Q(next_look_at=None) | Q(next_look_at__lte=now),
        pk=job_id,
        state__in=FineTuning.RUNNING,
    ).update(next_look_at=now + STEP, updated_at=timezone.now())
    if not taken:
        return False
    job = FineTuning.objects.select_related("training_set__workspace", "workspace").get(pk=job_id)
    tuner = _tuner(job)
    if tuner is None:
        _end(job, State.FAILED, message=f"There is no model {job.endpoint} any more.")
        return True
    try:
        _step(job, tuner, now)
    except ModelError as error:
        _postpone(job, error, now)
    finally:
        tuner.close()
    return True


def _step(job: FineTuning, tuner: Tuner, now: datetime) -> None:
    if job.is_cancel_asked:
        _cancel(job, tuner)
    elif stale := sets.stale(job.training_set) if not job.job else 0:
        _end(job, State.FAILED, message=f"{stale} conversations may no longer be used.")
    elif not job.train_file:
        _note(job, now, state=State.UPLOADING, train_file=_sent(job, tuner, Split.TRAIN))
    elif not job.validation_file and _file(job, Split.VALIDATION) is not None:
        _note(job, now, validation_file=_sent(job, tuner, Split.VALIDATION))
    elif not job.job:
        begun = tuner.begun(job.mark) or tuner.begin(_order(job))
        _note(job, now, state=State.TRAINING, job=begun.id)
    else:
        _look(job, tuner, now)


def _sent(job: FineTuning, tuner: Tuner, split: TrainingFile.Split) -> str:
    """Return the id of a file at the server, sent now or before."""
    file = _file(job, split)
    assert file is not None
    name = f"{job.mark}-{sets.file_name(job.training_set, file)}"
    return tuner.uploaded(name) or tuner.upload(name, file.content.encode())


def _look(job: FineTuning, tuner: Tuner, now: datetime) -> None:
    found = tuner.look(job.job)
    events = [
        {"id": each.id, "level": each.level, "text": each.text[:300], "at": each.at}
        for each in tuner.events(job.job)
    ]
    if found.state == "running":
        _note(job, now + LOOK_EVERY, events=events)
        return
    ends = {"succeeded": State.SUCCEEDED, "failed": State.FAILED, "cancelled": State.CANCELLED}
    with transaction.atomic():
        _end(
            job,
            ends[found.state],
            events=events,
            served_name=found.model,
            trained_tokens=found.trained_tokens,
            message=found.fault[:300],
        )
        if found.state == "succeeded":
            registering.register(FineTuning.objects.get(pk=job.pk))


def _cancel(job: FineTuning, tuner: Tuner) -> None:
    """Stop it at the server too, also where we never heard that it began there."""
    begun: TuningJob | None = tuner.look(job.job) if job.job else tuner.begun(job.mark)
    if begun is not None and begun.state == "running":
        tuner.cancel(begun.id)
    _end(job, State.CANCELLED, job=begun.id if begun is not None else "")


def _postpone(job: FineTuning, error: ModelError, now: datetime) -> None:
    """Try again later, each time later; what the server refuses isn't tried again."""
    is_refused = isinstance(error, ModelRejected)
    if is_refused or job.attempts + 1 >= MOST_ATTEMPTS:
        _end(job, State.FAILED, message=f"The server said: {error.code} {error.reason}"[:300])
        return
    pause = min(timedelta(seconds=2 ** min(job.attempts + 1, 10)), LONGEST_PAUSE)
    if isinstance(error, ModelRateLimited) and error.retry_after is not None:
        pause = min(max(pause, timedelta(seconds=error.retry_after)), LONGEST_PAUSE)
    FineTuning.objects.filter(pk=job.pk).update(
        attempts=F("attempts") + 1,
        next_look_at=now + pause,
        message=f"{error.code}: tried again in {pause.total_seconds():.0f} s",
    )
    logger.warning("training.postponed", extra={"fields": {"job": job.pk, "error": error.code}})


def _note(row: FineTuning, look_at: datetime, **fields: Any) -> None:
    FineTuning.objects.filter(pk=row.pk, state__in=FineTuning.RUNNING).update(
        next_look_at=look_at, attempts=0, message="", updated_at=timezone.now(), **fields
    )


def _end(row: FineTuning, state: str, **fields: Any) -> None:
    FineTuning.objects.filter(pk=row.pk, state__in=FineTuning.RUNNING).update(
        state=state, next_look_at=None, finished_at=timezone.now(), **fields
    )
    logger.info("training.ended", extra={"fields": {"job": row.pk, "state": str(state)}})


def _order(job: FineTuning) -> Order:
    is_pairs = job.training_set.kind == TrainingSet.Kind.PREFERENCES
    return Order(
        model=job.base_model,
        train_file=job.train_file,
        validation_file=job.validation_file,
        mark=job.mark,
        kind="dpo" if is_pairs else "supervised",
        suffix=job.suffix,
        epochs=job.epochs,
        seed=job.seed,
    )


def _file(job: FineTuning, split: TrainingFile.Split) -> TrainingFile | None:
    return job.training_set.files.filter(split=split).first()


def _tuner(job: FineTuning) -> Tuner | None:
    found = endpoint(job.endpoint)
    return None if found is None else Tuner(base_url=found.base_url, api_key=found.api_key)


def endpoint(name: str) -> Endpoint | None:
    """Return the configured model of a name."""
    known = (each.endpoint for each in registry.configured())
    return next((each for each in known if each.name == name), None)


def _refuse(made: TrainingSet, plan: Plan) -> None:
    train = made.files.filter(split=Split.TRAIN).first()
    if made.state != TrainingSet.State.DONE or train is None:
        raise NotPossible("The training set has no training file.")
    if train.rows < FEWEST_ROWS:
        raise NotPossible(f"{train.rows} examples are too few to train on: {FEWEST_ROWS} at least.")
    if stale := sets.stale(made):
        raise NotPossible(
            f"{stale} of its conversations may no longer be used. Make the set anew first."
        )
    if endpoint(plan.endpoint) is None:
        raise NotPossible(f"There is no model {plan.endpoint}.")
    if not plan.base_model.strip():
        raise NotPossible("Name the model that shall be trained, as its server calls it.")

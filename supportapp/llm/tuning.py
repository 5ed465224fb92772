"""Have a model fine-tuned at its server, through the OpenAI protocol: files and jobs.

Every request stands alone and none is repeated here: a job that was begun without our hearing of
it is found again by its mark, and a file by its name, before anything is sent a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx2
from openai import OpenAI
from openai.types.fine_tuning import DpoMethodParam, FineTuningJob, SupervisedMethodParam
from openai.types.fine_tuning.job_create_params import Method

from supportapp.llm.faults import told_as_model_errors

MARK = "supportapp_mark"
CONNECT_SECONDS = 5.0
State = Literal["running", "succeeded", "failed", "cancelled"]
_STATES: Mapping[str, State] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A job as its server tells of it."""

    id: str
    state: State
    status: str
    model: str = ""
    trained_tokens: int | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class TuningEvent:
    """One thing that happened to a job."""

    id: str
    level: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be trained, and from which files."""

    model: str
    train_file: str
    validation_file: str
    mark: str
    kind: Literal["supervised", "dpo"] = "supervised"
    suffix: str = ""
    epochs: int | None = None
    seed: int | None = None


class Tuner:
    """The fine-tuning of one server. Raises `ModelError`s, as chats do."""

    def __init__(self, *, base_url: str, api_key: str, seconds: float = 60.0) -> None:
        self._client = OpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            max_retries=0,
            timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
        )

    def upload(self, name: str, content: bytes) -> str:
        """Send a file; returns its id."""
        with told_as_model_errors():
            made = self._client.files.create(
                file=(name, content, "application/jsonl"), purpose="fine-tune"
            )
        return made.id

    def uploaded(self, name: str) -> str:
        """Return the id of a file of this name that was sent before; empty where there is none."""
        with told_as_model_errors():
            page = self._client.files.list(purpose="fine-tune", order="desc", limit=MOST_LISTED)
            return next((each.id for each in page.data if each.filename == name), "")

    def begin(self, order: Order) -> TuningJob:
        """Begin a job."""
        given: dict[str, Any] = {"metadata": {MARK: order.mark}}
        if order.validation_file:
            given["validation_file"] = order.validation_file
        if order.suffix:
            given["suffix"] = order.suffix
        if order.seed is not None:
            given["seed"] = order.seed
        with told_as_model_errors():
            job = self._client.fine_tuning.jobs.create(
                model=order.model,
                training_file=order.train_file,
                method=_method(order),
                **given,
            )
        return _job(job)

    def begun(self, mark: str) -> TuningJob | None:
        """Return the job that bears a mark; None where none was begun."""
        with told_as_model_errors():
            page = self._client.fine_tuning.jobs.list(metadata={MARK: mark}, limit=MOST_LISTED)
            marked = (each for each in page.data if (each.metadata or {}).get(MARK) == mark)
            found = next(marked, None)
        return None if found is None else _job(found)

    def look(self, job_id: str) -> TuningJob:
        """Return how a job is."""
        with told_as_model_errors():
            return _job(self._client.fine_tuning.jobs.retrieve(job_id))

    def events(self, job_id: str) -> Sequence[TuningEvent]:
        """Return the latest of what happened to a job, the newest first."""
        with told_as_model_errors():
            page = self._client.fine_tuning.jobs.list_events(job_id, limit=20)
            return [
                TuningEvent(each.id, each.level, each.message, each.created_at)
                for each in page.data
            ]

    def cancel(self, job_id: str) -> TuningJob:
        """Stop a job."""
        with told_as_model_errors():
            return _job(self._client.fine_tuning.jobs.cancel(job_id))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _method(order: Order) -> Method:
    if order.kind == "dpo":
        preferences: DpoMethodParam = {}
        if order.epochs:
            preferences["hyperparameters"] = {"n_epochs": order.epochs}
        return {"type": "dpo", "dpo": preferences}
    supervised: SupervisedMethodParam = {}
    if order.epochs:
        supervised["hyperparameters"] = {"n_epochs": order.epochs}
    return {"type": "supervised", "supervised": supervised}


def _job(job: FineTuningJob) -> TuningJob:
    fault = f"{job.error.code}: {job.error.message}" if job.error and job.error.code else ""
    return TuningJob(
        id=job.id,
        state=_STATES.get(job.status, "running"),
        status=job.status,
        model=job.fine_tuned_model or "",
        trained_tokens=job.trained_tokens,
        fault=fault,
    )

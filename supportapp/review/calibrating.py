"""Calibrate a workspace from its reviewers' labels, in the background, and switch between fits."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.answering import assemble
from supportapp.evals import calibrations as fits
from supportapp.evals.calibrating import TooFewLabels
from supportapp.evals.calibrations import Basis, PromiseTooHigh
from supportapp.knowledge.models import Workspace
from supportapp.outbox import events as outbox
from supportapp.retrieval import calibrations
from supportapp.retrieval.models import Calibration, CalibrationJob
from supportapp.review import labels

RUN = "supportapp.review.tasks.run_calibration"
REVIEW_LABELS = "review labels"
# Longer than any step takes: then the worker is dead and another goes on.
QUIET = timedelta(minutes=3)
State = CalibrationJob.State


def start(workspace: Workspace, precision: float, author: User) -> CalibrationJob:
    """Hand a calibration to the worker. Where one is under way, return that."""
    try:
        with transaction.atomic():
            job = CalibrationJob.objects.create(
                workspace=workspace, precision=precision, author=author
            )
            outbox.add(RUN, job_id=job.pk)
    except IntegrityError:
        return CalibrationJob.objects.filter(
            workspace=workspace, state__in=CalibrationJob.RUNNING
        ).latest("created_at")
    return job


def run(job_id: int, now: datetime) -> bool:
    """Do the job, or do it again where a worker died over it. False where another is at it."""
    taken = CalibrationJob.objects.filter(
        Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lt=now - QUIET), pk=job_id
    ).update(state=State.RUNNING, updated_at=timezone.now())
    if not taken:
        return not CalibrationJob.objects.filter(pk=job_id, state=State.RUNNING).exists()
    job = CalibrationJob.objects.select_related("workspace", "author").get(pk=job_id)
    try:
        calibration = from_labels(job.workspace, job.precision, job.author, SignsOfLife(job_id))
    except (TooFewLabels, PromiseTooHigh) as error:
        _end(job_id, State.FAILED, message=str(error)[:300])
    else:
        with transaction.atomic():
            _end(job_id, State.DONE, calibration=calibrations.adopt(calibration))
    return True


def from_labels(
    workspace: Workspace, precision: float, author: User | None, progress: SignsOfLife
) -> Calibration:
    """Fit to the workspace's labels; raises TooFewLabels and PromiseTooHigh. Nothing is stored."""
    cases = labels.of(workspace).cases(assemble.search_limits(), progress)
    basis = Basis(cases, {REVIEW_LABELS: len(cases)})
    fitted = fits.fit(basis)
    point = fits.promised(fitted.curve, precision)
    return fits.of(workspace, basis, fitted, point, precision=precision, author=author)


class SignsOfLife:
    """Writes a job's progress down, once a second at most."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() < self._next and done < total:
            return
        self._next = time.monotonic() + 1
        CalibrationJob.objects.filter(pk=self._job_id).update(
            done=done, total=total, updated_at=timezone.now()
        )


def promise(known: Calibration, precision: float, author: User) -> Calibration:
    """Set the threshold that keeps a promise; raises PromiseTooHigh."""
    point = fits.promised(fits.curve_of(known), precision)
    made = fits.with_threshold(known, point.threshold, precision=precision, author=author)
    return calibrations.adopt(made)


def set_threshold(known: Calibration, threshold: float, author: User) -> Calibration:
    """Set the threshold by hand."""
    made = fits.with_threshold(known, threshold, precision=None, author=author)
    return calibrations.adopt(made)


def _end(job_id: int, state: str, **values: object) -> None:
    CalibrationJob.objects.filter(pk=job_id).update(
        state=state, updated_at=timezone.now(), **values
    )

"""Imports started in the admin: files are checked at once, and imported by the worker."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.knowledge.formats.records import SourceFile
from supportapp.knowledge.ingest import Options, ingest_files
from supportapp.knowledge.models import ImportFile, ImportJob, Workspace
from supportapp.knowledge.values import Report
from supportapp.outbox import events as outbox

RUN_IMPORT = "supportapp.knowledge.tasks.run_import"
KEEP = timedelta(days=1)
# Longer than the slowest file may take: then the worker is dead and another goes on.
QUIET = timedelta(minutes=3)
MOST_LISTED = 500
State = ImportJob.State


def check(
    files: Iterable[tuple[str, bytes]],
    workspace: Workspace,
    *,
    audience: str,
    overwrite: bool,
    author: User,
) -> ImportJob:
    """Keep the files and say what importing them would do."""
    with transaction.atomic():
        job = ImportJob.objects.create(
            workspace=workspace,
            audience=audience,
            overwrite=overwrite,
            author=author,
        )
        ImportFile.objects.bulk_create(
            [ImportFile(job=job, name=name, content=content) for name, content in files]
        )
    report = ingest_files(_files(job), workspace, _options(job, dry_run=True))
    job.report = _stored(report)
    job.total = report.added + report.changed
    job.save()
    return job


def start(job: ImportJob) -> bool:
    """Hand the job to the worker. False where that was done before."""
    with transaction.atomic():
        taken = ImportJob.objects.filter(pk=job.pk, state=State.CHECKED).update(
            state=State.WAITING, done=0, updated_at=timezone.now()
        )
        if taken:
            outbox.add(RUN_IMPORT, job_id=job.pk)
    return bool(taken)


def run(job_id: int, now: datetime) -> bool:
    """Import the job's files, going on where an earlier run stopped. Vectors follow by themselves.

    Returns False where another worker is at it: it gave a sign of life moments ago.
    """
    taken = ImportJob.objects.filter(
        Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lt=now - QUIET), pk=job_id
    ).update(state=State.RUNNING, updated_at=timezone.now())
    if not taken:
        return not ImportJob.objects.filter(pk=job_id, state=State.RUNNING).exists()
    job = ImportJob.objects.select_related("workspace", "author").get(pk=job_id)
    before = job.report
    options = _options(job, dry_run=False)
    report = ingest_files(_files(job), job.workspace, options, SignsOfLife(job_id))
    with transaction.atomic():
        job.refresh_from_db()
        job.state = State.DONE
        job.report = _stored(report) | {"checked": before}
        job.save()
        job.files.all().delete()
    return True


class SignsOfLife:
    """Writes a job's progress down, once a second at most."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._next = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        values = {"done": done, "total": total} if stage == "Importing" else {}
        ImportJob.objects.filter(pk=self._job_id).update(updated_at=timezone.now(), **values)


def forget_abandoned(now: datetime) -> int:
    """Delete checked uploads that nobody went on with."""
    return ImportJob.objects.filter(state=State.CHECKED, created_at__lt=now - KEEP).delete()[0]


def _files(job: ImportJob) -> list[SourceFile]:
    return [_source_file(file) for file in job.files.order_by("name")]


def _source_file(file: ImportFile) -> SourceFile:
    content = bytes(file.content)
    return SourceFile(file.name, file.name, len(content), lambda: content)


def _options(job: ImportJob, *, dry_run: bool) -> Options:
    return Options(
        dry_run=dry_run,
        audience=job.audience,
        embed=False,
        overwrite=job.overwrite,
        author=job.author,
    )


def _stored(report: Report) -> dict[str, object]:
    """Return the report as JSON, its lists cut to what a page can show."""
    stored = asdict(report)
    for name in ("refused", "skipped"):
        stored[f"{name}_count"] = len(stored[name])
        stored[name] = stored[name][:MOST_LISTED]
    return stored

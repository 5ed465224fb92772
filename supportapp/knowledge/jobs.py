"""Imports started in the admin: files are checked at once, and imported by the worker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from supportapp.knowledge.formats.records import SourceFile
from supportapp.knowledge.ingest import Options, ingest_files
from supportapp.knowledge.models import ImportFile, ImportJob, Workspace
from supportapp.knowledge.values import Report
from supportapp.outbox import events as outbox

RUN_IMPORT = "supportapp.knowledge.tasks.run_import"
KEEP = timedelta(days=1)
MOST_LISTED = 500
State = ImportJob.State


def check(
    files: Iterable[tuple[str, bytes]],
    workspace: Workspace,
    *,
    audience: str,
    overwrite: bool,
    author: AbstractBaseUser,
) -> ImportJob:
    """Keep the files and say what importing them would do."""
    with transaction.atomic():
        job = ImportJob.objects.create(
            workspace=workspace,
            audience=audience,
            overwrite=overwrite,
            author=author,  # type: ignore[misc]
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


def run(job_id: int) -> None:
    """Import the job's files; doing it again goes on where it stopped."""
    job = (
        ImportJob.objects.select_related("workspace", "author")
        .filter(pk=job_id, state__in=(State.WAITING, State.RUNNING))
        .first()
    )
    if job is None:
        return
    ImportJob.objects.filter(pk=job.pk).update(state=State.RUNNING)

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "Importing":
            ImportJob.objects.filter(pk=job_id).update(
                done=done, total=total, updated_at=timezone.now()
            )

    before = job.report
    report = ingest_files(_files(job), job.workspace, _options(job, dry_run=False), progress)
    with transaction.atomic():
        job.refresh_from_db()
        job.state = State.DONE
        job.report = _stored(report) | {"checked": before}
        job.save()
        job.files.all().delete()


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
        dry_run=dry_run, audience=job.audience, overwrite=job.overwrite, author=job.author
    )


def _stored(report: Report) -> dict[str, object]:
    """Return the report as JSON, its lists cut to what a page can show."""
    stored = asdict(report)
    for name in ("refused", "skipped"):
        stored[f"{name}_count"] = len(stored[name])
        stored[name] = stored[name][:MOST_LISTED]
    return stored

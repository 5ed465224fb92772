"""`manage.py ingest PATH…`: read articles from files and folders into a workspace."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from supportapp.knowledge import ingest
from supportapp.knowledge.models import Audience, Workspace
from supportapp.knowledge.values import Refusal, Report

MOST_SHOWN = 40


class PlainProgress:
    """Lines for logs: one at each tenth of a stage."""

    def __init__(self) -> None:
        self._shown = ("", -1)

    def __call__(self, stage: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if stage != "Reading" and (stage, tenth) != self._shown:
            self._shown = (stage, tenth)
            print(f"{stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)


class BarProgress:
    """A bar for each stage, for people at a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


class Command(BaseCommand):
    help = (
        "Read articles from Markdown folders, JSONL, CSV, XLSX, HTML, PDF and DOCX files. "
        "Running it again changes nothing that is unchanged, and goes on after an interruption."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--workspace", default="", help="a workspace's slug")
        parser.add_argument(
            "--audience",
            choices=Audience.values,
            default=Audience.PUBLIC.value,
            help="of articles that don't say it themselves",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument(
            "--no-embed", action="store_true", help="leave the vectors to the worker"
        )
        parser.add_argument(
            "--overwrite", action="store_true", help="also articles that were changed here"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = _workspace(options["workspace"])
        settings = ingest.Options(
            dry_run=options["dry_run"],
            audience=options["audience"],
            embed=not options["no_embed"],
            overwrite=options["overwrite"],
        )
        report = _with_progress(options["paths"], workspace, settings)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), ensure_ascii=False))
        else:
            self._show(report)
        if not report.read:
            raise CommandError("Nothing could be read.")

    def _show(self, report: Report) -> None:
        verb = "Would be: " if report.dry_run else ""
        self.stdout.write(
            f"{verb}{report.added:,} added, {report.changed:,} changed,"
            f" {report.unchanged:,} unchanged, {len(report.refused):,} refused"
            f" ({report.seconds:,.1f} s)"
        )
        if report.passages:
            waiting = f", {report.waiting:,} waiting for the worker" if report.waiting else ""
            self.stdout.write(
                f"{report.passages:,} passages: {report.embedded:,} vectors made,"
                f" {report.reused_vectors:,} reused{waiting}"
            )
        self._list("Refused", report.refused)
        self._list("Not read", report.skipped)
        for note in report.notes:
            self.stdout.write(note)

    def _list(self, label: str, items: list[Refusal]) -> None:
        for item in items[:MOST_SHOWN]:
            self.stdout.write(f"  {label}: {item.name}: {item.reason}")
        if len(items) > MOST_SHOWN:
            self.stdout.write(f"  … and {len(items) - MOST_SHOWN:,} more (--json lists all)")


def _workspace(slug: str) -> Workspace:
    if not slug:
        return Workspace.default()
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no workspace “{slug}”. There are: {known}.")
    return found


def _with_progress(paths: list[Path], workspace: Workspace, options: ingest.Options) -> Report:
    console = Console(stderr=True)
    if not console.is_terminal:
        return ingest.ingest(paths, workspace, progress=PlainProgress(), options=options)
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        return ingest.ingest(paths, workspace, progress=BarProgress(bars), options=options)

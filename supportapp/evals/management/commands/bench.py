"""`manage.py bench retrieval --data DIR`: measure the search on a benchmark."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from supportapp.answering import assemble
from supportapp.answering.reranking import MODES, OFF, reranking
from supportapp.evals import benchmark, loading, report_file, reporting, retrieval
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval.values import Limits


class Command(BaseCommand):
    help = "Measure the search on benchmarks; the corpus goes into a workspace of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        one = kinds.add_parser("retrieval", help="one benchmark")
        one.add_argument("--data", type=Path, required=True, metavar="DIR", help="its folder")
        one.add_argument("--json", action="store_true", help="print one JSON object")
        one.add_argument("--run", type=Path, metavar="FILE", help="write the rankings, TREC's form")
        one.add_argument(
            "--rerank", choices=MODES, help="who reads the best passages again; default: off"
        )
        one.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
        one.add_argument(
            "--no-context", action="store_true", help="the last message alone, not what was before"
        )
        every = kinds.add_parser("all", help="every benchmark in a folder of folders")
        every.add_argument("--data", type=Path, required=True, metavar="DIR")
        every.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["kind"] == "all":
                self._all(options)
            else:
                self._one(options)
        except (benchmark.BenchmarkError, EmbeddingUnavailable) as error:
            raise CommandError(str(error)) from None

    def _one(self, options: dict[str, Any]) -> None:
        figures = measure(
            options["data"],
            limit=options["limit"],
            with_context=not options["no_context"],
            run_file=options["run"],
            rerank=options["rerank"] or OFF,
        )
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        else:
            Console(file=sys.stdout).print(reporting.as_table(figures))

    def _all(self, options: dict[str, Any]) -> None:
        folders = sorted(path.parent for path in options["data"].glob("*/qrels.tsv"))
        if not folders:
            raise CommandError(f"{options['data']} holds no folder with a qrels.tsv.")
        runs = [
            measure(folder, with_context=with_context)
            for folder in folders
            for with_context in (True, False)
        ]
        lines = reporting.as_markdown(runs)
        if options["write"]:
            report_file.renew(
                settings.BASE_DIR / "docs" / "benchmarks.md",
                "retrieval",
                [*lines, "", *reporting.as_markdown_no_answer(runs), "", *_circumstances()],
            )
        self.stdout.write("\n".join(lines))


def _circumstances() -> list[str]:
    command = "python manage.py bench all --data ../shared/benchmarks --write"
    today = datetime.now(UTC).date().isoformat()
    return [f"Made by `{command}` on {today}, {os.cpu_count()} CPU cores, no GPU."]


def measure(
    folder: Path,
    *,
    limit: int | None = None,
    with_context: bool = True,
    run_file: Path | None = None,
    rerank: str = OFF,
) -> dict[str, Any]:
    """Load a benchmark where that is still to be done, run it, and return its figures."""
    embedder = current_embedder()
    reader = reranking(assemble.chat_model(), rerank)
    if rerank != OFF and reader is None:
        raise CommandError(f"--rerank {rerank} needs the settings that say where it is.")
    with _progress() as progress:
        known = benchmark.read(folder)
        workspace = loading.load(known, progress)
        ids = loading.corpus_ids(known, workspace)
        runner = retrieval.Runner(workspace.pk, ids, embedder, Limits(), reader)
        measured = retrieval.measure(
            known, runner, len(ids), progress, limit=limit, with_context=with_context
        )
    if run_file is not None:
        run_file.write_text("\n".join(retrieval.trec_lines(measured)) + "\n", encoding="utf-8")
    return reporting.as_json(measured, known.grades)


@contextmanager
def _progress() -> Iterator[retrieval.Progress]:
    """Bars on stderr where a person looks; stdout is for the figures alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show

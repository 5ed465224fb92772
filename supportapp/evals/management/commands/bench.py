"""`manage.py bench retrieval --data DIR`: measure the search on a benchmark."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from supportapp.answering import assemble
from supportapp.answering.reranking import MODES, OFF, reranking
from supportapp.evals import (
    benchmark,
    cache_bench,
    guard_bench,
    loading,
    report_file,
    reporting,
    retrieval,
    rewrites,
    route_bench,
)
from supportapp.evals.progress import bars
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval.values import Limits

SOURCES = "a file of JSON lines {id, text}, a field of queries.jsonl, or “model”"


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
        one.add_argument("--rewrites", metavar="SOURCE", help=SOURCES)
        rewritten = kinds.add_parser("rewrites", help="what stand-alone questions bring")
        rewritten.add_argument("--data", type=Path, required=True, metavar="DIR")
        rewritten.add_argument(
            "--rewrites", default="human_rewrite", metavar="SOURCE", help=SOURCES
        )
        rewritten.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")
        every = kinds.add_parser("all", help="every benchmark in a folder of folders")
        every.add_argument("--data", type=Path, required=True, metavar="DIR")
        every.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")

        memory = kinds.add_parser("cache", help="remembered answers: hits against wrong hits")
        cache_bench.add_arguments(memory)
        guards = kinds.add_parser("guardrails", help="the guards: attacks, made answers, time")
        guard_bench.add_arguments(guards)
        routes = kinds.add_parser("routes", help="routes and policies: cost against score")
        route_bench.add_arguments(routes)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["kind"] == "cache":
                cache_bench.run(options, self.stdout)
            elif options["kind"] == "guardrails":
                guard_bench.run(options, self.stdout)
            elif options["kind"] == "routes":
                route_bench.run(options, self.stdout)
            elif options["kind"] == "all":
                self._all(options)
            elif options["kind"] == "rewrites":
                self._rewrites(options)
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
            source=options["rewrites"],
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

    def _rewrites(self, options: dict[str, Any]) -> None:
        source = options["rewrites"]
        embedder = current_embedder()
        with bars() as progress:
            known = benchmark.read(options["data"])
            workspace = loading.load(known, progress)
            ids = loading.corpus_ids(known, workspace)
            runner = retrieval.Runner(workspace.pk, ids, embedder, Limits())
            stood = _stood_alone(known, source, progress)
            rows = rewrites.compared(
                known,
                stood,
                "the model's rewrite" if source == rewrites.MODEL else "a given rewrite",
                lambda set_, with_context: retrieval.measure(
                    set_, runner, len(ids), progress, with_context=with_context
                ),
            )
        lines = rewrites.as_markdown(rows)
        if options["write"]:
            command = f"python manage.py bench rewrites --data ../shared/benchmarks/{known.name}"
            said = f"{known.name}, {len(known.queries)} questions; rewrites: {Path(source).stem}."
            report_file.renew(
                settings.BASE_DIR / "docs" / "benchmarks.md",
                "rewrites",
                [said, "", *lines, "", *_circumstances(f"{command} --write")],
            )
        self.stdout.write("\n".join(lines))
        if stood.outcomes:
            self.stdout.write(json.dumps(stood.outcomes))


def _stood_alone(
    known: benchmark.Benchmark, source: str, progress: retrieval.Progress
) -> rewrites.Rewrites:
    if source == rewrites.MODEL:
        return async_to_sync(rewrites.made)(known, assemble.parts(), progress)
    return rewrites.given(known, source)


def _circumstances(
    command: str = "python manage.py bench all --data ../shared/benchmarks --write",
) -> list[str]:
    today = datetime.now(UTC).date().isoformat()
    return [f"Made by `{command}` on {today}, {os.cpu_count()} CPU cores, no GPU."]


def measure(
    folder: Path,
    *,
    limit: int | None = None,
    with_context: bool = True,
    run_file: Path | None = None,
    rerank: str = OFF,
    source: str | None = None,
) -> dict[str, Any]:
    """Load a benchmark where that is still to be done, run it, and return its figures."""
    embedder = current_embedder()
    reader = reranking(assemble.reader(mode=rerank), rerank)
    if rerank != OFF and reader is None:
        raise CommandError(f"--rerank {rerank} needs the settings that say where it is.")
    with bars() as progress:
        known = benchmark.read(folder)
        workspace = loading.load(known, progress)
        ids = loading.corpus_ids(known, workspace)
        if source is not None:
            known = rewrites.applied(known, _stood_alone(known, source, progress))
        runner = retrieval.Runner(workspace.pk, ids, embedder, Limits(), reader)
        measured = retrieval.measure(
            known, runner, len(ids), progress, limit=limit, with_context=with_context
        )
    if run_file is not None:
        run_file.write_text("\n".join(retrieval.trec_lines(measured)) + "\n", encoding="utf-8")
    return reporting.as_json(measured, known.grades)

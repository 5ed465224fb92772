"""`manage.py bench cache`: how well the memory tells one question from another."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from supportapp.evals import cache_pairs, cache_plot, cache_report, remembering, report_file
from supportapp.evals.progress import bars
from supportapp.knowledge.embeddings import current_embedder

PLOT = "cache-curve.svg"


def add_arguments(parser: ArgumentParser) -> None:
    """Say what it can be told."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="its folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")


def run(options: dict[str, Any], out: OutputWrapper) -> None:
    """Measure, print, and renew the documentation where that was asked for."""
    try:
        known = cache_pairs.read(options["data"])
    except cache_pairs.CachePairsError as error:
        raise CommandError(str(error)) from None
    with bars() as show:
        report = cache_report.measure(known, current_embedder(), show)
    if options["json"]:
        out.write(json.dumps(cache_report.as_json(report), ensure_ascii=False))
        return
    lines = cache_report.as_markdown(report)
    if options["write"]:
        _write(report, lines, options["data"])
    out.write("\n".join(lines))


def _write(report: cache_report.Report, lines: list[str], folder: Path) -> None:
    docs = settings.BASE_DIR / "docs"
    for each in report.labelled[:1]:
        curves = [
            ("remembered answers", remembering.curve(each.ours)),
            ("cosine threshold", remembering.curve(each.plain)),
        ]
        title = f"{each.name}: share served over share of these wrong"
        (docs / "images" / PLOT).write_text(cache_plot.drawn(curves, title), encoding="utf-8")
        lines = [*lines, f"![{title}](images/{PLOT})", ""]
    today = datetime.now(UTC).date().isoformat()
    command = f"python manage.py bench cache --data {folder} --write"
    said = f"Made by `{command}` on {today}, {os.cpu_count()} CPU cores, no GPU."
    report_file.renew(docs / "benchmarks.md", f"cache {report.dataset}", [*lines, said])

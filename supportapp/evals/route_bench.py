"""`manage.py bench routes`: what each route and each policy costs and reaches.

The measuring itself stands in `bench/`, which a checkout has and the production image hasn't: it
plays the small and the large model.
"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from supportapp.evals import report_file
from supportapp.evals.progress import bars
from supportapp.knowledge.models import Workspace

COMMAND = "python manage.py bench routes --write"
PLOT = "routes.svg"


def add_arguments(parser: ArgumentParser) -> None:
    """Take what is to be done with the figures; the questions are the checkout's own."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")


def run(options: dict[str, Any], out: OutputWrapper) -> None:
    """Measure, and print or write what came of it. Raises CommandError."""
    try:
        measuring = import_module("bench.routes.measuring")
        report = import_module("bench.routes.report")
        plot = import_module("bench.routes.plot")
    except ImportError as error:
        raise CommandError(f"This needs a checkout with what tests need: {error}.") from None
    with bars() as progress:
        found = measuring.measure(Workspace.default(), progress)
    if options["json"]:
        out.write(json.dumps(found, ensure_ascii=False))
        return
    lines = report.as_markdown(found)
    if options["write"]:
        docs = settings.BASE_DIR / "docs"
        (docs / "images" / PLOT).write_text(plot.drawn(found), encoding="utf-8")
        today = datetime.now(UTC).date().isoformat()
        made = f"Made by `{COMMAND}` on {today}, {os.cpu_count()} CPU cores, no GPU."
        drawing = f"![Cost against score for every policy](images/{PLOT})"
        report_file.renew(docs / "benchmarks.md", "routes", [*lines, "", drawing, "", made])
    out.write("\n".join(lines))

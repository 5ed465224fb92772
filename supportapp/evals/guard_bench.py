"""`manage.py bench guardrails --data DIR`: measure the guards on attacks and made answers.

The measuring itself stands in `bench/`, which a checkout has and the production image hasn't: it
plays the attacked model.
"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, OutputWrapper

from supportapp.evals import report_file
from supportapp.evals.progress import bars

COMMAND = "python manage.py bench guardrails --data ../shared/attacks"


def add_arguments(parser: ArgumentParser) -> None:
    """Take the folder of attacks, and what is to be done with the figures."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="its folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")


def run(options: dict[str, Any], out: OutputWrapper) -> None:
    """Measure, and print or write what came of it. Raises CommandError."""
    try:
        measuring = import_module("bench.guardrails.measuring")
        report = import_module("bench.guardrails.report")
    except ImportError as error:
        raise CommandError(f"This needs a checkout with what tests need: {error}.") from None
    if not options["data"].is_dir():
        raise CommandError(f"{options['data']} is no folder.")
    with bars() as progress:
        found = measuring.measure(options["data"], progress)
    if options["json"]:
        out.write(json.dumps(found, ensure_ascii=False))
        return
    lines = report.as_markdown(found)
    if options["write"]:
        today = datetime.now(UTC).date().isoformat()
        made = f"Made by `{COMMAND} --write` on {today}, {os.cpu_count()} CPU cores, no GPU."
        file = settings.BASE_DIR / "docs" / "benchmarks.md"
        report_file.renew(file, "guardrails", [*lines, "", made])
    out.write("\n".join(lines))

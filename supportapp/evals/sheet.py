"""A run's results as CSV, which no spreadsheet may take for formulas."""

from __future__ import annotations

import csv
import io
from typing import Any

from supportapp.evals.models import Run
from supportapp.evals.scorers.catalogue import SCORERS

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(run: Run) -> str:
    """Return one row per result, scores in the order of the catalogue."""
    out = io.StringIO()
    writer = csv.writer(out)
    about = ("example", "repeat", "topic", "question", "expected", "answer", "outcome", "cites")
    writer.writerow([*about, *SCORERS, "error"])
    for each in run.results.select_related("example"):
        scores = [each.scores.get(name, {}).get("value") for name in SCORERS]
        cites = " ".join(cited["slug"] for cited in each.citations)
        example = each.example
        row = [example.key, each.repeat, example.topic, example.question, example.expected,
               each.answer, each.outcome, cites, *scores, each.error]  # fmt: skip
        writer.writerow([_safe(value) for value in row])
    return out.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return "" if value is None else value

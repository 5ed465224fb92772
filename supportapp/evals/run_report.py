"""A run, and two runs side by side, as JSON with stable keys and as text for a terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console
from rich.table import Table

from supportapp.evals.contrast import Contrast
from supportapp.evals.models import Run
from supportapp.evals.scorers.catalogue import SCORERS

WIDTH = 110


def as_json(run: Run) -> dict[str, Any]:
    """Return a run with all that says what it was, and its figures."""
    return {
        "run": run.pk,
        "dataset": run.dataset.name,
        "version": run.dataset_version,
        "state": run.state,
        "prompt": run.prompt,
        "prompt_sha256": run.prompt_sha256,
        "model": run.model,
        "judge": run.judge,
        "retrieval": run.retrieval,
        "generation": run.generation,
        "code_version": run.code_version,
        "seed": run.seed,
        "repeats": run.repeats,
        "reason": run.reason,
        "author": run.author.get_username() if run.author else None,
        "cost": str(run.cost),
        "done": run.done,
        "total": run.total,
        **run.figures,
    }


def rows(run: Run) -> list[dict[str, Any]]:
    """Return every result."""
    return [
        {
            "key": each.example.key,
            "repeat": each.repeat,
            "question": each.example.question,
            "answer": each.answer,
            "outcome": each.outcome,
            "citations": [cited["slug"] for cited in each.citations],
            "scores": {name: score["value"] for name, score in each.scores.items()},
            "error": each.error,
        }
        for each in run.results.select_related("example")
    ]


def contrast_json(found: Contrast) -> dict[str, Any]:
    """Return what differs between two runs."""
    return {
        "before": found.before.pk,
        "after": found.after.pk,
        "scorers": {
            each.scorer.name: {
                "before": round(each.before, 6),
                "after": round(each.after, 6),
                "difference": round(each.gain.mean, 6),
                "low": round(each.gain.low, 6),
                "high": round(each.gain.high, 6),
                "count": each.count,
                "direction": each.direction,
            }
            for each in found.lines
        },
        "changed": [
            {
                "key": each.key,
                "direction": each.direction,
                "better": list(each.better),
                "worse": list(each.worse),
                "before": each.before.answer,
                "after": each.after.answer,
            }
            for each in found.changed
        ],
        "unchanged": found.unchanged,
        "only_before": list(found.only_before),
        "only_after": list(found.only_after),
    }


def table(run: Run, *, with_rows: bool = False) -> str:
    """Return a run's figures as text."""
    shown = Table("scorer", "mean", "95%", "examples", "spread of repeats", box=None)
    found = run.figures.get("scorers", {})
    for name, each in ((name, found[name]) for name in SCORERS if name in found):
        unit = SCORERS[name].unit
        spread = "" if each["spread"] is None else _number(each["spread"], unit)
        between = f"{_number(each['low'], unit)} – {_number(each['high'], unit)}"
        shown.add_row(name, _number(each["mean"], unit), between, str(each["count"]), spread)
    answers = run.model or "quoting"
    said = f"Run {run.pk} of {run.dataset.name} version {run.dataset_version}: {run.state}, "
    said += f"{run.done} of {run.total}. Prompt {run.prompt}, {answers}, "
    said += f"knowledge {run.generation}, code {run.code_version}, ${run.cost:f}."
    tables = [shown]
    if with_rows:
        tables.append(_results(run))
    return _text(said, *tables)


def contrast_table(found: Contrast) -> str:
    """Return two runs side by side as text."""
    shown = Table("scorer", "before", "after", "difference, 95%", "", box=None)
    for each in found.lines:
        unit, gain = each.scorer.unit, each.gain
        between = f"{gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        shown.add_row(
            each.scorer.name,
            _number(each.before, unit),
            _number(each.after, unit),
            between,
            each.direction or ("the same" if each.is_same else "may be chance"),
        )
    changed = Table("example", "", "better", "worse", box=None)
    for row in found.changed:
        changed.add_row(row.key, row.direction, ", ".join(row.better), ", ".join(row.worse))
    said = f"Run {found.before.pk} and run {found.after.pk}: {len(found.changed)} examples"
    return _text(f"{said} changed, {found.unchanged} are the same.", shown, changed)


def _results(run: Run) -> Table:
    shown = Table("example", "outcome", "below 1", box=None)
    for each in run.results.select_related("example"):
        low = [
            f"{name} {score['value']:.2f}"
            for name, score in each.scores.items()
            if name in SCORERS
            and not SCORERS[name].unit
            and score["value"] is not None
            and score["value"] < 1
        ]
        shown.add_row(each.example.key, each.error or each.outcome, ", ".join(low))
    return shown


def _number(value: float, unit: str) -> str:
    if unit == "$":
        return f"${value:.5f}"
    return f"{value:.0f} ms" if unit else f"{value:.3f}"


def _text(said: str, *tables: Table) -> str:
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, highlight=False, markup=False)
    console.print(said)
    for each in tables:
        if each.row_count:
            console.print()
            console.print(each)
    return out.getvalue().rstrip()

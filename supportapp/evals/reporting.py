"""A measured run as JSON with stable keys, as a table for people, and as lines of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from supportapp.evals import ranking
from supportapp.evals.ranking import Operating
from supportapp.evals.retrieval import Measured

PROMISES = (0.95, 0.9)
DIGITS = 4


def as_json(measured: Measured, grades: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return the run's figures; keys are never renamed."""
    estimates = measured.estimates()
    figures: dict[str, Any] = {
        "dataset": measured.dataset,
        "queries": len(measured.ranked),
        "passages": measured.passages,
        "context": measured.with_context,
    }
    figures |= {name: round(value.mean, DIGITS) for name, value in estimates.items()}
    figures["intervals"] = {
        name: [round(value.low, DIGITS), round(value.high, DIGITS)]
        for name, value in estimates.items()
    }
    figures["ms_p50"] = round(measured.percentile(50), 2)
    figures["ms_p95"] = round(measured.percentile(95), 2)
    if lacking := Counter(part for found in measured.ranked for part in found.degraded):
        figures["degraded"] = dict(lacking)
    figures["stages"] = {
        stage: {
            "ms_p50": round(measured.percentile(50, stage), 2),
            "ms_p95": round(measured.percentile(95, stage), 2),
        }
        for stage in measured.stages
    }
    if measured.unanswerable:
        figures["no_answer"] = no_answer(measured, grades)
    return figures


def no_answer(measured: Measured, grades: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return how well the confidence tells answered questions from the others.

    A question is answered right where the first item is relevant; coverage is the share of all
    questions, answerable and not, that would be answered.
    """
    right = [grades[found.query].get(found.ids[0], 0) > 0 for found in measured.ranked if found.ids]
    sure = [found.confidence for found in measured.ranked if found.ids]
    unsure = [found.confidence for found in measured.unanswerable]
    points = ranking.precision_coverage(sure + unsure, right + [False] * len(unsure))
    promised = {f"precision_{p:.2f}": _point(ranking.coverage_at(points, p)) for p in PROMISES}
    return {
        "queries": len(unsure),
        "auc": round(ranking.auc(sure, unsure), DIGITS),
        "answered_at_half": round(_share(sure, 0.5), DIGITS),
        "declined_at_half": round(1 - _share(unsure, 0.5), DIGITS),
        "coverage": promised,
    }


def _share(confidences: list[float], threshold: float) -> float:
    answered = sum(value >= threshold for value in confidences)
    return answered / len(confidences) if confidences else 0.0


def _point(point: Operating | None) -> dict[str, float] | None:
    if point is None:
        return None
    return {
        "threshold": round(point.threshold, DIGITS),
        "coverage": round(point.coverage, DIGITS),
        "precision": round(point.precision, DIGITS),
    }


def as_table(figures: Mapping[str, Any]) -> Table:
    """Return the run's figures for a terminal."""
    table = Table(
        title=f"{figures['dataset']}: {figures['queries']} questions", title_justify="left"
    )
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("95% interval", justify="right")
    for name, (low, high) in figures["intervals"].items():
        table.add_row(name, f"{figures[name]:.3f}", f"{low:.3f} to {high:.3f}")
    table.add_section()
    table.add_row("ms, median", f"{figures['ms_p50']:.1f}", "")
    table.add_row("ms, 95th percentile", f"{figures['ms_p95']:.1f}", "")
    for stage, spent in figures["stages"].items():
        table.add_row(f"  {stage}", f"{spent['ms_p50']:.1f}", f"p95 {spent['ms_p95']:.1f}")
    for part, count in figures.get("degraded", {}).items():
        table.add_row(f"without {part}", f"{count} questions", "")
    if known := figures.get("no_answer"):
        table.add_section()
        table.add_row("answerable, answered", f"{known['answered_at_half']:.3f}", "")
        table.add_row("unanswerable, declined", f"{known['declined_at_half']:.3f}", "")
        table.add_row("AUC", f"{known['auc']:.3f}", "")
        for promise, point in known["coverage"].items():
            covered = f"{point['coverage']:.3f}" if point else "none"
            table.add_row(f"coverage at {promise.replace('_', ' ')}", covered, "")
    return table


def as_markdown(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the runs as the lines of a table."""
    lines = [
        "| Set | Questions | Passages | nDCG@10 | MRR@10 | Recall@1 | Recall@10"
        " | ms p50 | ms p95 |",
        "|---" + "|--:" * 8 + "|",
    ]
    for figures in runs:
        low, high = figures["intervals"]["ndcg@10"]
        name = figures["dataset"] + ("" if figures["context"] else ", last message alone")
        lines.append(
            f"| {name} | {figures['queries']} | {figures['passages']:,}"
            f" | {figures['ndcg@10']:.3f} ({low:.3f} to {high:.3f}) | {figures['mrr@10']:.3f}"
            f" | {figures['recall@1']:.3f} | {figures['recall@10']:.3f}"
            f" | {figures['ms_p50']:.1f} | {figures['ms_p95']:.1f} |"
        )
    return lines


def as_markdown_no_answer(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how well each run knows when not to answer, as the lines of a table."""
    lines = [
        "| Set | Unanswerable questions | AUC | Answerable, answered | Unanswerable, declined"
        " | Coverage at 95% precision | at 90% |",
        "|---" + "|--:" * 6 + "|",
    ]
    for figures in runs:
        if not (known := figures.get("no_answer")):
            continue
        name = figures["dataset"] + ("" if figures["context"] else ", last message alone")
        covered = [f"{p['coverage']:.3f}" if p else "none" for p in known["coverage"].values()]
        lines.append(
            f"| {name} | {known['queries']} | {known['auc']:.3f}"
            f" | {known['answered_at_half']:.3f} | {known['declined_at_half']:.3f}"
            f" | {' | '.join(covered)} |"
        )
    return lines

"""Runs and results as pages show them: figures with their interval drawn, scores with words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.evals import trust
from supportapp.evals.agreement import Agreement
from supportapp.evals.models import Result, Run
from supportapp.evals.scorers.catalogue import QUALITY, SCORERS, Scorer
from supportapp.knowledge.rendering import to_html

WIDTH = 120
LOW = 0.7


@dataclass(frozen=True, slots=True)
class Figure:
    """One scorer's mean over a run."""

    scorer: Scorer
    mean: str
    between: str
    count: int
    spread: str
    drawn: SafeString
    agreement: Agreement | None

    @property
    def kind(self) -> str:
        """Return the class of a badge about a judge's trust; empty for scorers without a judge."""
        if not self.scorer.is_judge:
            return ""
        return "ok" if self.agreement is not None and self.agreement.is_trusted else "warning"


@dataclass(frozen=True, slots=True)
class Scored:
    """One scorer's score of one result."""

    scorer: Scorer
    value: str
    note: str
    label: str
    is_low: bool


def figures(run: Run) -> list[Figure]:
    """Return a run's figures in the order of the catalogue."""
    trusted = trust.for_judge(run.dataset.workspace, run.judge) if run.judge else {}
    found = run.figures.get("scorers", {})
    return [
        _figure(scorer, found[name], trusted.get(name))
        for name, scorer in SCORERS.items()
        if name in found
    ]


def topics(run: Run) -> tuple[list[Scorer], list[tuple[str, list[str]]]]:
    """Return the scorers of quality, and each topic with its means."""
    found = run.figures.get("topics", {})
    names = [name for name in QUALITY if any(name in each for each in found.values())]
    rows = [
        (topic, [number(each[n]["mean"], SCORERS[n]) if n in each else "–" for n in names])
        for topic, each in sorted(found.items())
    ]
    return [SCORERS[name] for name in names], rows


def scored(result: Result) -> list[Scored]:
    """Return a result's scores in the order of the catalogue."""
    return [
        Scored(
            scorer,
            number(result.scores[name]["value"], scorer),
            result.scores[name].get("note", ""),
            result.scores[name].get("label", "").replace("_", " "),
            not scorer.unit and result.scores[name]["value"] < 1,
        )
        for name, scorer in SCORERS.items()
        if name in result.scores and result.scores[name]["value"] is not None
    ]


def low(result: Result) -> list[Scored]:
    """Return the scores of quality that aren't whole."""
    return [each for each in scored(result) if each.is_low]


def answer_html(result: Result) -> SafeString:
    """Return an answer as customers see it: rendered and sanitised, never raw."""
    return to_html(result.answer)


def number(value: float, scorer: Scorer) -> str:
    """Return a value with its unit."""
    if scorer.unit == "$":
        return f"${value:.4f}"
    return f"{value:,.0f} ms" if scorer.unit else f"{value:.2f}"


def signed(value: float, scorer: Scorer) -> str:
    """Return a difference with its sign."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + number(abs(value), scorer)


def _figure(scorer: Scorer, found: dict[str, Any], agreement: Agreement | None) -> Figure:
    spread = found.get("spread")
    return Figure(
        scorer,
        number(found["mean"], scorer),
        f"{number(found['low'], scorer)} to {number(found['high'], scorer)}",
        found["count"],
        "" if spread is None else number(spread, scorer),
        SafeString("") if scorer.unit else _interval(found["low"], found["mean"], found["high"]),
        agreement,
    )


def _interval(low_: float, mean: float, high: float) -> SafeString:
    """Draw an interval between 0 and 1; the figures beside it say the same in words."""
    at = [4 + (WIDTH - 8) * min(max(value, 0.0), 1.0) for value in (low_, mean, high)]
    return format_html(
        '<svg class="interval" viewBox="0 0 {} 12" width="{}" height="12" aria-hidden="true">'
        '<line class="interval-axis" x1="4" y1="6" x2="{}" y2="6"/>'
        '<line class="interval-range" x1="{}" y1="6" x2="{}" y2="6"/>'
        '<circle class="interval-mean" cx="{}" cy="6" r="4"/></svg>',
        WIDTH, WIDTH, WIDTH - 4, round(at[0], 1), round(at[2], 1), round(at[1], 1),
    )  # fmt: skip


def rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return results as a table's rows."""
    return [{"result": each, "low": low(each)} for each in results]

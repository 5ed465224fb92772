"""The dashboard's tables as CSV: plain numbers, with the choice that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse

from supportapp.insight import csv_rows
from supportapp.insight.dashboard import Dashboard

Table = tuple[Sequence[str], list[Sequence[Any]]]


def figures(found: Dashboard) -> Table:
    """Return every figure with its range and its value before."""
    columns = ("measure", "value", "low_95", "high_95", "before", "count", "of", "meaning")
    return columns, [
        (e.name, e.value, e.low, e.high, e.before, e.count, e.total, e.meaning)
        for e in found.figures
    ]


def trends(found: Dashboard) -> Table:
    """Return every point of every chart."""
    columns = ("chart", "line", "from", "value", "low_95", "high_95", "counted")
    return columns, [
        (trend.slug, line.name, at.at.isoformat(), at.value, at.low, at.high, at.counted or None)
        for trend in found.trends
        for line in trend.lines
        for at in line.points
    ]


def breakdowns(found: Dashboard) -> Table:
    """Return every part of every whole."""
    columns = ("whole", "part", "count", "of", "before", "of_before")
    return columns, [
        (whole.slug, bar.name, bar.count, bar.total, bar.before, bar.before_total)
        for whole in found.breakdowns
        for bar in whole.bars
    ]


def subjects(found: Dashboard) -> Table:
    """Return what was asked about most."""
    columns = ("kind", "name", "questions", "before", "rated_down", "declined")
    return columns, [
        (each.slug, each.name, each.now, each.before, each.down, each.declined)
        for each in found.subjects
    ]


def gaps(found: Dashboard) -> Table:
    """Return the open gaps."""
    columns = ("gap", "questions", "customers", "score")
    return columns, [(each.name, each.questions, each.customers, each.score) for each in found.gaps]


TABLES: dict[str, Callable[[Dashboard], Table]] = {
    "figures": figures,
    "trends": trends,
    "breakdowns": breakdowns,
    "subjects": subjects,
    "gaps": gaps,
}


def export(found: Dashboard, table: str) -> HttpResponse:
    """Return one of TABLES as a file that is named for what it holds."""
    columns, rows = TABLES[table](found)
    period = found.choice.period
    name = f"{table}-{found.choice.workspace}-{period.first}-{period.last}"
    return csv_rows.response(name, columns, rows)

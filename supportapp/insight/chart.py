"""A table as a chart, where it is one: bars or a line, as SVG without script or inline style."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from supportapp.insight.database import Table

LEFT, TOP, WIDTH, HEIGHT = 56.0, 14.0, 560.0, 200.0
BAR = 26.0
MOST_BARS, MOST_POINTS = 25, 400
LONGEST_LABEL = 34
NAMES = 230.0
TICKS = 4


@dataclass(frozen=True, slots=True)
class Series:
    """Labels with one number each."""

    label: str
    value: str
    points: tuple[tuple[Any, float], ...]

    @property
    def is_dated(self) -> bool:
        return all(isinstance(at, date) for at, _ in self.points)


def series_of(table: Table) -> Series | None:
    """Return the first label column with the first numbers after it; None where there is none."""
    if len(table.columns) < 2 or not 2 <= len(table.rows) <= MOST_POINTS:
        return None
    first = [row[0] for row in table.rows]
    for place in range(1, len(table.columns)):
        values = [row[place] for row in table.rows]
        if all(_is_number(each) for each in values):
            points = tuple((at, float(each)) for at, each in zip(first, values, strict=True))
            found = Series(table.columns[0], table.columns[place], points)
            if not all(math.isfinite(each) and each >= 0 for _, each in points):
                return None
            return found if found.is_dated or len(points) <= MOST_BARS else None
    return None


def draw(series: Series | None) -> SafeString | str:
    """Return the chart; nothing where there is nothing to draw."""
    if series is None:
        return ""
    return _line(series) if series.is_dated and len(series.points) > 2 else _bars(series)


def _bars(series: Series) -> SafeString:
    most = max(value for _, value in series.points) or 1.0
    room = LEFT + WIDTH - NAMES - 60
    rows = []
    for place, (at, value) in enumerate(series.points):
        y = TOP + place * BAR
        length = max(1.0, room * value / most)
        rows.append(
            (
                NAMES - 8,
                f"{y + 14:.1f}",
                _short(str(at)),
                NAMES,
                f"{y + 2:.1f}",
                f"{length:.1f}",
                f"{NAMES + length + 6:.1f}",
                f"{y + 14:.1f}",
                _number(value),
            )
        )
    height = TOP + len(series.points) * BAR + 6
    return _framed(
        series,
        height,
        format_html_join(
            "",
            '<text x="{}" y="{}" text-anchor="end">{}</text>'
            '<rect class="data-bar" x="{}" y="{}" width="{}" height="16" rx="3"/>'
            '<text x="{}" y="{}">{}</text>',
            rows,
        ),
    )


def _line(series: Series) -> SafeString:
    points = sorted(series.points, key=lambda each: each[0])
    moments = [_ordinal(at) for at, _ in points]
    span = (moments[-1] - moments[0]) or 1.0
    step = nice_step(max(value for _, value in points))
    top = step * TICKS
    places = [
        (LEFT + WIDTH * (moment - moments[0]) / span, TOP + HEIGHT * (1 - value / top))
        for moment, (_, value) in zip(moments, points, strict=True)
    ]
    grid = [
        (LEFT, f"{TOP + HEIGHT * (1 - tick / TICKS):.1f}", LEFT + WIDTH, _number(step * tick))
        for tick in range(TICKS + 1)
    ]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return _framed(
        series,
        TOP + HEIGHT + 30,
        format_html(
            '{}<polyline class="data-line" points="{}"/>{}'
            '<text x="{}" y="{}">{}</text><text x="{}" y="{}" text-anchor="end">{}</text>',
            format_html_join(
                "",
                '<line class="data-grid" x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>'
                '<text x="48" y="{1}" text-anchor="end" dominant-baseline="middle">{3}</text>',
                grid,
            ),
            drawn,
            format_html_join(
                "",
                '<circle class="data-point" cx="{}" cy="{}" r="2.5"/>',
                ((f"{x:.1f}", f"{y:.1f}") for x, y in places),
            ),
            LEFT,
            TOP + HEIGHT + 20,
            _short(str(points[0][0])),
            LEFT + WIDTH,
            TOP + HEIGHT + 20,
            _short(str(points[-1][0])),
        ),
    )


def _framed(series: Series, height: float, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="data-chart" viewBox="0 0 640 {}" role="img" aria-labelledby="chart-title">'
        '<title id="chart-title">{} by {}; the same numbers stand in the table.</title>{}</svg>',
        f"{height:.0f}",
        series.value.replace("_", " "),
        series.label.replace("_", " "),
        inside,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _ordinal(at: Any) -> float:
    return at.timestamp() if isinstance(at, datetime) else float(at.toordinal())


def nice_step(most: float) -> float:
    """The smallest round step with which TICKS of them reach the largest value."""
    if most <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(most / TICKS))
    return next(s * scale for s in (1, 2, 2.5, 5, 10) if s * scale * TICKS >= most)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"

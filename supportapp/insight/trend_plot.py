"""Trends as SVG: lines in their bands, and stacked bars. No script and no inline style.

A point without data breaks the line. Colours come from the style sheet; lines differ in dashes and
bars in their order, and every chart has its table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from supportapp.insight.chart import TICKS, nice_step

LEFT, TOP, WIDTH, HEIGHT = 52.0, 12.0, 452.0, 168.0
BELOW = 28.0
LABELS = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week. None where nothing was counted. `low` and `high` are the band."""

    at: date
    value: float | None
    low: float | None = None
    high: float | None = None
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A named line of points."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """How values are drawn: `most` is the top where values can't be higher; `unit` goes behind."""

    unit: str = ""
    scale: float = 1.0
    most: float | None = None

    def top(self, highest: float) -> tuple[float, int]:
        """Return the top of the chart in the values' own unit, and how many steps lead there."""
        step = nice_step(highest * self.scale) / self.scale
        steps = TICKS
        if self.most is not None:
            while steps > 1 and step * (steps - 1) >= self.most - 1e-9:
                steps -= 1
        return step * steps, steps

    def word(self, value: float) -> str:
        number = value * self.scale
        return (
            f"{number:,.0f}{self.unit}"
            if number >= 10 or number == int(number)
            else (f"{number:,.2g}{self.unit}")
        )


def lines(key: str, title: str, given: Sequence[Line], axis: Axis) -> SafeString | str:
    """Draw lines in their bands; nothing where there are fewer than two points to draw.

    `key` tells charts of one page apart.
    """
    known = [each for line in given for each in line.points if each.value is not None]
    if len(known) < 2:
        return ""
    highest = max(max(each.high or 0.0, each.value or 0.0) for each in known)
    top, steps = axis.top(highest or 1.0)
    days = [each.at for each in given[0].points]
    drawn = format_html_join(
        "", "{}", ((_line(n, line, days, top),) for n, line in enumerate(given, start=1))
    )
    return _framed(key, title, [_grid(axis, top, steps), drawn, _dates(_edges(days), days)])


def bars(key: str, title: str, given: Sequence[Line], axis: Axis) -> SafeString | str:
    """Draw lines' values as stacked bars, the first at the bottom."""
    days = [each.at for each in given[0].points] if given else []
    sums = [sum(line.points[place].value or 0.0 for line in given) for place in range(len(days))]
    if not days or not any(sums):
        return ""
    top, steps = axis.top(max(sums))
    boxes = [
        box
        for place in range(len(days))
        for box in _boxes(
            [line.points[place].value or 0.0 for line in given], place, len(days), top
        )
    ]
    drawn = format_html_join(
        "", '<rect class="trend-bar trend-bar-{}" x="{}" y="{}" width="{}" height="{}"/>', boxes
    )
    return _framed(key, title, [_grid(axis, top, steps), drawn, _dates(_middles(days), days)])


def _boxes(
    values: Sequence[float], place: int, places: int, top: float
) -> list[tuple[int, str, str, str, str]]:
    """Return one column's boxes, the first at the bottom."""
    width = WIDTH / places
    gap = min(4.0, width * 0.2)
    x, under, found = LEFT + width * place + gap / 2, 0.0, []
    for number, value in enumerate(values, start=1):
        if value:
            high = HEIGHT * value / top
            y = _y(under, top) - high
            found.append((number, f"{x:.1f}", f"{y:.1f}", f"{width - gap:.1f}", f"{high:.1f}"))
        under += value
    return found


def _line(number: int, line: Line, days: Sequence[date], top: float) -> SafeString:
    pieces = [
        _dot(number, run[0], days, top) if len(run) == 1 else _piece(number, run, days, top)
        for run in _runs(line.points)
    ]
    return format_html_join("", "{}", ((each,) for each in pieces))


def _piece(number: int, run: Sequence[Point], days: Sequence[date], top: float) -> SafeString:
    """Return a line that is whole, over its band."""
    upper = [(_x(days, each.at), _y(_high(each), top)) for each in run]
    lower = [(_x(days, each.at), _y(_low(each), top)) for each in reversed(run)]
    middle = [(_x(days, each.at), _y(each.value or 0.0, top)) for each in run]
    return format_html(
        '<polygon class="trend-band trend-{}" points="{}"/>'
        '<polyline class="trend-line trend-{}" points="{}"/>',
        number,
        _path([*upper, *lower]),
        number,
        _path(middle),
    )


def _dot(number: int, point: Point, days: Sequence[date], top: float) -> SafeString:
    """Return a point that has no neighbours, with its range."""
    return format_html(
        '<line class="trend-whisker trend-{}" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<circle class="trend-dot trend-{}" cx="{}" cy="{}" r="3"/>',
        number,
        *(f"{_x(days, point.at):.1f}",) * 2,
        f"{_y(_low(point), top):.1f}",
        f"{_y(_high(point), top):.1f}",
        number,
        f"{_x(days, point.at):.1f}",
        f"{_y(point.value or 0.0, top):.1f}",
    )


def _low(point: Point) -> float:
    return point.low if point.low is not None else point.value or 0.0


def _high(point: Point) -> float:
    return point.high if point.high is not None else point.value or 0.0


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Cut where nothing was counted: a line over a gap would claim what nobody knows."""
    found: list[list[Point]] = [[]]
    for each in points:
        if each.value is None:
            found.append([])
        else:
            found[-1].append(each)
    return [run for run in found if run]


def _x(days: Sequence[date], at: date) -> float:
    span = (days[-1] - days[0]).days or 1
    return LEFT + WIDTH * (at - days[0]).days / span


def _y(value: float, top: float) -> float:
    return TOP + HEIGHT * (1 - min(max(value, 0.0), top) / top)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _grid(axis: Axis, top: float, steps: int) -> SafeString:
    ticks = [top * number / steps for number in range(steps + 1)]
    return format_html_join(
        "",
        '<line class="data-grid" x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>'
        '<text x="{3}" y="{4}" text-anchor="end">{5}</text>',
        (
            (LEFT, f"{y:.1f}", LEFT + WIDTH, LEFT - 6, f"{y + 4:.1f}", axis.word(tick))
            for tick in ticks
            for y in (_y(tick, top),)
        ),
    )


def _framed(key: str, title: str, parts: Sequence[SafeString]) -> SafeString:
    return format_html(
        '<svg class="trend-chart" viewBox="0 0 512 {}" role="img" aria-labelledby="trend-{}">'
        '<title id="trend-{}">{}; the same numbers stand in the table below.</title>{}</svg>',
        f"{TOP + HEIGHT + BELOW:.0f}",
        key,
        key,
        title,
        format_html_join("", "{}", ((each,) for each in parts)),
    )


def _edges(days: Sequence[date]) -> list[float]:
    return [_x(days, each) for each in days]


def _middles(days: Sequence[date]) -> list[float]:
    """Return where columns are labelled: the outer ones at the edges, so that words fit."""
    width = WIDTH / len(days)
    middles = [LEFT + width * (place + 0.5) for place in range(len(days))]
    return [LEFT, *middles[1:-1], LEFT + WIDTH] if len(days) > 1 else [LEFT]


def _dates(across: Sequence[float], days: Sequence[date]) -> SafeString:
    last = len(days) - 1
    most = min(LABELS, len(days))
    places = sorted({round(number * last / max(1, most - 1)) for number in range(most)})
    anchors = {0: "start", last: "end"} if last else {0: "start"}
    return format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                f"{across[place]:.1f}",
                f"{TOP + HEIGHT + 20:.0f}",
                anchors.get(place, "middle"),
                f"{days[place].day} {days[place]:%b}",
            )
            for place in places
        ),
    )

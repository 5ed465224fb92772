"""A small line plot as SVG: both axes logarithmic, or the lower one alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 48
COLOURS = ("#0b6e4f", "#b45309", "#4338ca", "#8a94a6")
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """Values to places between two pixels."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool

    def place(self, value: float) -> float:
        """Return where a value stands."""
        low, high, at = self.low, self.high, value
        if self.is_log:
            low, high, at = math.log10(low), math.log10(high), math.log10(max(value, self.low))
        return round(self.start + (at - low) / (high - low) * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Return the values to name."""
        if self.is_log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            each = [10.0**power for power in range(first, last + 1)]
            return [value for value in each if self.low <= value <= self.high * 1.0001]
        return [round(self.high * part / 5, 2) for part in range(6)]


def draw(title: str, lines: Mapping[str, Points], *, log_y: bool) -> str:
    """Return the plot of milliseconds over passages."""
    values = [point for points in lines.values() for point in points]
    sizes, costs = [x for x, _ in values], [y for _, y in values]
    across = Axis(min(sizes), max(sizes), LEFT, WIDTH - RIGHT, is_log=True)
    low = 10.0 ** math.floor(math.log10(max(min(costs), 1e-3))) if log_y else 0.0
    high = 10.0 ** math.ceil(math.log10(max(costs))) if log_y else _round_up(max(costs))
    up = Axis(low, high, HEIGHT - BOTTOM, TOP, is_log=log_y)
    body = [f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>']
    for value in up.ticks():
        y = up.place(value)
        body.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#e2e5ea"/>')
        body.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:g} ms</text>')
    for value in across.ticks():
        x = across.place(value)
        body.append(f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#e2e5ea"/>')
        body.append(
            f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:,.0f}</text>'
        )
    for colour, (name, points) in zip(COLOURS, lines.items(), strict=False):
        body += _line(name, [(across.place(x), up.place(y)) for x, y in points], colour)
    middle = (LEFT + WIDTH - RIGHT) / 2
    body.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">passages</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>' + "".join(body) + "</svg>\n"
    )


def _line(name: str, places: Points, colour: str) -> list[str]:
    path = " ".join(f"{x},{y}" for x, y in places)
    dots = [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
    x, y = places[-1]
    label = f'<text x="{x + 10}" y="{y + 4}" fill="{colour}">{escape(name)}</text>'
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
        *dots,
        label,
    ]


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return math.ceil(value / power) * power

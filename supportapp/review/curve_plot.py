"""The precision/coverage curve as SVG, made here so that it needs no script and no inline style.

Across: how many of the questions are answered. Up: how many of these answers are right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from supportapp.evals.curve import Curve, Point

LEFT, TOP, WIDTH, HEIGHT = 46.0, 12.0, 380.0, 220.0
STEPS = (0.02, 0.05, 0.1, 0.2)
MOST_STEPS = 5
# The first few answers say little about precision; a curve drawn from them leaps about.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Axes:
    """Where shares lie on the drawing; precision is drawn in `steps` from 1 downwards."""

    step: float
    steps: int

    @property
    def lowest(self) -> float:
        return 1 - self.step * self.steps

    @classmethod
    def for_curves(cls, curves: Sequence[Curve]) -> Axes:
        """Return axes on which every drawn point has its place."""
        least = min((point.precision for c in curves for point in drawn(c)), default=0.5)
        step = next((step for step in STEPS if 1 - least <= MOST_STEPS * step), STEPS[-1])
        return cls(step, max(1, math.ceil((1 - least) / step - 1e-9)))

    def across(self, coverage: float) -> float:
        return LEFT + WIDTH * coverage

    def up(self, precision: float) -> float:
        share = (precision - self.lowest) / (1 - self.lowest)
        return TOP + HEIGHT * (1 - max(0.0, min(1.0, share)))


def drawn(curve: Curve) -> list[Point]:
    """Return the points that are worth drawing."""
    fewest = min(FEWEST, curve.total)
    return [point for point in curve.points if point.answered >= fewest]


def plot(curve: Curve, shipped: Curve, now: Point, promise: float | None) -> SafeString:
    """Draw the workspace's curve over the shipped one, the promise, and where it stands now."""
    axes = Axes.for_curves([curve, shipped])
    return format_html(
        '<svg class="curve-plot" viewBox="0 0 440 276" role="img"'
        ' aria-labelledby="curve-title curve-text">'
        '<title id="curve-title">Precision by coverage</title><desc id="curve-text">{}</desc>'
        "{}{}{}{}{}</svg>",
        f"With the current threshold {now.coverage:.0%} of the questions are answered and"
        f" {now.precision:.0%} of these answers are right. The same numbers stand in the table.",
        _grid(axes),
        _promise(axes, promise),
        _line(axes, shipped, "curve-shipped"),
        _line(axes, curve, "curve-own"),
        _now(axes, now),
    )


def _grid(axes: Axes) -> SafeString:
    shares = [number / 5 for number in range(6)]
    upright = [1 - axes.step * number for number in range(axes.steps + 1)]
    lines = [(LEFT, f"{axes.up(p):.1f}", LEFT + WIDTH) for p in upright]
    across = [(f"{axes.across(s):.1f}", TOP + HEIGHT + 16, f"{s:.0%}") for s in shares]
    up = [(LEFT - 6, f"{axes.up(p) + 4:.1f}", f"{p:.0%}") for p in upright]
    return format_html(
        '<g class="curve-grid">{}</g><g class="curve-labels">{}{}'
        '<text x="{}" y="270" text-anchor="middle">questions answered</text>'
        '<text x="{}" y="12" text-anchor="middle" transform="rotate(-90)">answers right</text></g>',
        format_html_join("", '<line x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>', lines),
        format_html_join("", '<text x="{}" y="{}" text-anchor="middle">{}</text>', across),
        format_html_join("", '<text x="{}" y="{}" text-anchor="end">{}</text>', up),
        LEFT + WIDTH / 2,
        -(TOP + HEIGHT / 2),
    )


def _promise(axes: Axes, promise: float | None) -> SafeString | str:
    if promise is None or promise < axes.lowest:
        return ""
    return format_html(
        '<line class="curve-promise" x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>',
        LEFT,
        f"{axes.up(promise):.1f}",
        LEFT + WIDTH,
    )


def _line(axes: Axes, curve: Curve, name: str) -> SafeString:
    places = (f"{axes.across(p.coverage):.1f},{axes.up(p.precision):.1f}" for p in drawn(curve))
    return format_html('<polyline class="{}" points="{}"/>', name, " ".join(places))


def _now(axes: Axes, now: Point) -> SafeString:
    across, up = f"{axes.across(now.coverage):.1f}", f"{axes.up(now.precision):.1f}"
    return format_html(
        '<line class="curve-now" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>'
        '<circle class="curve-now" cx="{0}" cy="{1}" r="5"/>',
        across,
        up,
        TOP + HEIGHT,
    )

"""Cost against score as a drawing, for docs/benchmarks.md: SVG as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, EDGE = 640, 380, 56
POLICY, ROUTE, CHANCE = "#1d63b8", "#5a5f66", "#b5562b"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that costs so much and is right so often."""

    name: str
    dollars: float
    score: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Where dollars and scores lie in the drawing."""

    most: float
    low: float
    high: float

    def x(self, dollars: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * dollars / self.most

    def y(self, score: float) -> float:
        share = (score - self.low) / (self.high - self.low)
        return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share


def drawn(found: Mapping[str, Any]) -> str:
    """Return every policy, every route but the vote, and the policies' mixes by chance."""
    policies = [
        Point(name, each["dollars"], each["score"])
        for name, each in found["policies"].items()
        if "," not in name
    ]
    chances = [
        Point("", each["dollars"], each["by_chance"])
        for name, each in found["policies"].items()
        if "," not in name
    ]
    routes = [
        Point(f"all {name}", each["dollars"], each["score"])
        for name, each in found["routes"].items()
        if name in {"small", "large"}
    ]
    every = [*policies, *chances, *routes]
    scale = Scale(
        max(each.dollars for each in every) * 1.15,
        min(each.score for each in every) - 0.02,
        max(each.score for each in every) + 0.02,
    )
    title = "Cost against score, by policy"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' aria-label="{title}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{EDGE}" y="20" font-size="14">{title} (both models scripted)</text>',
            *_grid(scale),
            *_line(policies, scale),
            *(_mark(each, scale, POLICY, 5, above=True) for each in policies),
            *(_mark(each, scale, ROUTE, 4, above=False) for each in routes),
            *(_mark(each, scale, CHANCE, 3, above=False) for each in chances),
            f'<text x="{WIDTH - EDGE}" y="{HEIGHT - EDGE - 24}" text-anchor="end"'
            f' fill="{POLICY}">policies</text>',
            f'<text x="{WIDTH - EDGE}" y="{HEIGHT - EDGE - 8}" text-anchor="end"'
            f' fill="{CHANCE}">the same shares by chance</text>',
            "</svg>\n",
        ]
    )


def _grid(scale: Scale) -> list[str]:
    lines = []
    for step in range(6):
        dollars = scale.most * step / 5
        score = scale.low + (scale.high - scale.low) * step / 5
        x, y = scale.x(dollars), scale.y(score)
        lines.append(
            f'<path d="M{x:.1f} {scale.y(scale.low):.1f}V{scale.y(scale.high):.1f}'
            f'M{scale.x(0):.1f} {y:.1f}H{scale.x(scale.most):.1f}" stroke="#ddd" fill="none"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - 36}" text-anchor="middle">${dollars:.2f}</text>'
            f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{score:.0%}</text>'
        )
    middle = f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">'
    return [*lines, f"{middle}dollars for 1,000 questions; upwards: share answered rightly</text>"]


def _line(points: Sequence[Point], scale: Scale) -> list[str]:
    ordered = sorted(points, key=lambda each: each.dollars)
    steps = " L".join(f"{scale.x(each.dollars):.1f} {scale.y(each.score):.1f}" for each in ordered)
    return [f'<path d="M{steps}" fill="none" stroke="{POLICY}" stroke-width="2"/>']


def _mark(point: Point, scale: Scale, colour: str, radius: int, *, above: bool) -> str:
    x, y = scale.x(point.dollars), scale.y(point.score)
    words = ""
    if point.name:
        place = y - 10 if above else y + 18
        words = f'<text x="{x + 4:.1f}" y="{place:.1f}" fill="{colour}">{point.name}</text>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>{words}'

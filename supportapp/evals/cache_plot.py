"""Hit rate against wrong hits as a drawing, for docs/benchmarks.md. Pure: SVG as text."""

from __future__ import annotations

from collections.abc import Sequence

from supportapp.evals.remembering import Point

WIDTH, HEIGHT, EDGE = 640, 380, 48
MOST_WRONG = 0.1
COLOURS = ("#1d63b8", "#5a8f29", "#b5562b")


def drawn(curves: Sequence[tuple[str, Sequence[Point]]], title: str) -> str:
    """Return one line a curve: the share served over the share of these that is wrong."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{title}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{EDGE}" y="20" font-size="14">{title}</text>',
    ]
    for step in range(6):
        x, y = _x(MOST_WRONG * step / 5), _y(step / 5)
        parts.append(
            f'<path d="M{x:.1f} {_y(0):.1f}V{_y(1):.1f}M{_x(0):.1f} {y:.1f}H{_x(MOST_WRONG):.1f}"'
            ' stroke="#ddd" fill="none"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - 28}" text-anchor="middle">{2 * step}%</text>'
            f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{20 * step}%</text>'
        )
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">wrong, of what is served'
        "</text>"
    )
    for place, (name, points) in enumerate(curves):
        colour = COLOURS[place % len(COLOURS)]
        line = "".join(
            f"{'L' if number else 'M'}{_x(point.wrong_of_served):.1f} {_y(point.share):.1f}"
            for number, point in enumerate(_shown(points))
        )
        y = HEIGHT - 110 + 18 * place
        parts.append(
            f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{WIDTH - 190}" y="{y}" fill="{colour}">{name}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _shown(points: Sequence[Point]) -> list[Point]:
    """Return the outer edge: the most that is served for each share of wrong ones."""
    best: list[Point] = []
    for point in sorted(points, key=lambda each: (each.wrong_of_served, -each.share)):
        if point.wrong_of_served <= MOST_WRONG and (not best or point.share > best[-1].share):
            best.append(point)
    return best


def _x(wrong: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * wrong / MOST_WRONG


def _y(rate: float) -> float:
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * rate

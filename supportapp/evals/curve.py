"""Precision and coverage at every threshold, and the threshold that keeps a promise. Pure.

Coverage is the share of all labelled questions that would be answered, precision the share of
those answers that would be right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from supportapp.evals import ranking

MOST_POINTS = 400
# Two-sided 95%.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold would do: how many questions are answered, and how many of these right."""

    threshold: float
    answered: int
    right: int
    total: int

    @property
    def coverage(self) -> float:
        """Return the share of the questions that is answered."""
        return self.answered / self.total if self.total else 0.0

    @property
    def precision(self) -> float:
        """Return the share of the answers that is right; of no answers, none is wrong."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def surely(self) -> float:
        """Return the lower end of the precision's 95% interval (Wilson 1927)."""
        if not self.answered:
            return 0.0
        count, share = self.answered, self.precision
        middle = share + _Z**2 / (2 * count)
        reach = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
        return max(0.0, (middle - reach) / (1 + _Z**2 / count))

    @property
    def precision_percent(self) -> float:
        return 100 * self.precision

    @property
    def surely_percent(self) -> float:
        return 100 * self.surely

    @property
    def answered_of_100(self) -> int:
        return round(100 * self.coverage)

    @property
    def wrong_of_100(self) -> int:
        return round(100 * (self.answered - self.right) / self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from the strictest threshold to the laxest."""

    points: tuple[Point, ...]

    @classmethod
    def of(cls, confidences: Sequence[float], right: Sequence[bool]) -> Curve:
        """Return the curve of these questions. Thresholds lie halfway between two of them."""
        total = len(confidences)
        known = ranking.precision_coverage(confidences, right)
        below = [*(point.threshold for point in known[1:]), 0.0]
        points = [
            Point(
                threshold=(point.threshold + lower) / 2,
                answered=round(point.coverage * total),
                right=round(point.precision * point.coverage * total),
                total=total,
            )
            for point, lower in zip(known, below, strict=True)
        ]
        return cls(tuple(_thinned(points)))

    @classmethod
    def from_stored(cls, stored: dict[str, object]) -> Curve:
        """Read what `stored` returned."""
        total, rows = stored["total"], stored["points"]
        assert isinstance(total, int)
        assert isinstance(rows, list)
        return cls(tuple(Point(float(t), int(a), int(r), total) for t, a, r in rows))

    def stored(self) -> dict[str, object]:
        """Return the curve as plain JSON."""
        return {
            "total": self.total,
            "points": [[round(p.threshold, 6), p.answered, p.right] for p in self.points],
        }

    @property
    def total(self) -> int:
        """Return how many questions it was drawn from."""
        return self.points[0].total if self.points else 0

    def promising(self, precision: float, *, surely: bool = False) -> Point | None:
        """Return the point with most answers that keeps the promise; none where no one does.

        `surely` asks it of the lower end of the precision's interval.
        """
        kept = [
            point
            for point in self.points
            if (point.surely if surely else point.precision) >= precision
        ]
        return max(kept, key=lambda point: point.answered, default=None)

    def at(self, threshold: float) -> Point:
        """Return what this threshold does."""
        best = Point(threshold, 0, 0, self.total)
        for point in self.points:
            if point.threshold >= threshold:
                best = Point(threshold, point.answered, point.right, self.total)
        return best

    def most_precise(self) -> Point | None:
        """Return the point of best precision, with most answers among equals."""
        return max(self.points, key=lambda point: (point.precision, point.answered), default=None)


def _thinned(points: list[Point]) -> list[Point]:
    """Keep so many points, evenly, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(number * step)] for number in range(MOST_POINTS)]

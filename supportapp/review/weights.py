"""What each sign from a customer says about an answer, between -1 and 1.

docs/signals.md gives the reasons; a test holds the two together. The sum orders people's work and
is shown beside an answer. It never changes what is found or said: only reviewed labels do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from supportapp.review.models import Feedback, Signal

Kind, Value = Signal.Kind, Feedback.Value

SIGNALS: Mapping[str, float] = {
    Kind.SOLVED: 1.0,
    Kind.COPIED: 0.4,
    Kind.FOLLOWED_CITATION: 0.1,
    Kind.LEFT: -0.1,
    Kind.STOPPED: -0.3,
    Kind.EDITED: -0.3,
    Kind.ASKED_AGAIN: -0.5,
    Kind.CAME_BACK: -0.6,
    Kind.ASKED_PERSON: -0.7,
    Kind.REGENERATED: -0.8,
    Kind.CORRECTED: -1.0,
}
RATINGS: Mapping[str, float] = {Value.UP: 0.6, Value.DOWN: -1.0}


def total(signals: Iterable[str], ratings: Iterable[str] = ()) -> float:
    """Return what all signs of one answer say together; a kind counts once, however often sent."""
    said = sum(SIGNALS[kind] for kind in set(signals))
    rated = sum(RATINGS[value] for value in ratings)
    return round(max(-1.0, min(1.0, said + rated)), 2)

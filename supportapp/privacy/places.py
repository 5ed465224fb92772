"""Where rows hang on a person's turn or browser without a foreign key that goes with it.

Whatever has a cascading foreign key on a conversation, directly or over others, needs no entry. A
test goes through all models, so that a new one can't be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet

Key = Any


class Holds(StrEnum):
    """What a column holds."""

    TURN = "turn"
    TURNS = "turns"
    VISITOR = "visitor"


class Past(StrEnum):
    """What becomes of a row when its turn is past its time (an erasure always deletes it)."""

    GOES = "goes"
    STAYS = "stays without the turn"


@dataclass(frozen=True)
class Place:
    """One column."""

    label: str
    column: str
    holds: Holds = Holds.TURN
    past: Past = Past.GOES

    @property
    def model(self) -> type[Model]:
        """Return the model."""
        return apps.get_model(self.label)

    def rows(self, turns: list[Key], visitors: list[Key]) -> QuerySet[Model]:
        """Return the rows that hang on one of these."""
        if self.holds == Holds.VISITOR:
            wanted: dict[str, Any] = {f"{self.column}__in": visitors}
        elif self.holds == Holds.TURNS:
            wanted = {f"{self.column}__overlap": turns}
        else:
            wanted = {f"{self.column}__in": turns}
        return self.model._default_manager.filter(**wanted)


# What people checked and took over (golden examples, approved answers) is the company's knowledge:
# it outlives the conversation, but not the wish of the person to be forgotten.
PLACES = (
    Place("caching.RememberedAnswer", "source_turn", past=Past.STAYS),
    Place("caching.ShadowAnswer", "turn"),
    Place("evals.Example", "source_turn", past=Past.STAYS),
    Place("gateway.ModelCall", "turn_id", past=Past.STAYS),
    Place("gateway.Reservation", "visitor", Holds.VISITOR),
    Place("gateway.Spending", "visitor", Holds.VISITOR),
    Place("review.Feedback", "visitor", Holds.VISITOR),
    Place("tools.Confirmation", "visitor", Holds.VISITOR),
    Place("tools.ToolCall", "turn"),
    Place("training.Consent", "visitor", Holds.VISITOR),
    Place("training.TrainingFile", "turns", Holds.TURNS),
)


def loose(turns: list[Key], visitors: list[Key]) -> Iterator[tuple[Place, QuerySet[Model]]]:
    """Return what hangs on turns and visitors, place by place."""
    for place in PLACES:
        yield place, place.rows(turns, visitors)

"""The routes there are for one question, and the one it took. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supportapp.answering.routing import Decision, Means, Route
from supportapp.llm.protocols import ChatModel


@dataclass(frozen=True, slots=True)
class RouteModel:
    """Who writes the answers of a route, and the name by which it is asked."""

    chat: ChatModel
    model: str


@dataclass(frozen=True, slots=True)
class Routes:
    """What a question may be answered with: means, and who writes on which route."""

    means: Means
    models: Mapping[Route, RouteModel] = field(default_factory=dict)

    def of(self, route: Route) -> RouteModel | None:
        """Return who writes; samples that vote are the best model's."""
        if route is Route.VOTING:
            return self.models.get(Route.LARGE) or self.models.get(Route.SMALL)
        return self.models.get(route)

    @property
    def made_of(self) -> str:
        """Return what tells answers of these routes from others'; empty with one model only.

        A policy decides who writes what, so where it changes, answers do.
        """
        if len(self.models) < 2:
            return ""
        named = [self.means.policy, *(each.model for each in self.models.values())]
        return " ".join(named)


@dataclass(slots=True)
class Taken:
    """The route of one question. What its vote came to is noted on the way."""

    decision: Decision
    vote: Mapping[str, Any] | None = None

    def noted(self) -> dict[str, Any]:
        """Return what a receipt keeps."""
        return self.decision.noted() | ({"votes": dict(self.vote)} if self.vote else {})

"""Each question on each route, once; and what every policy makes of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bench.routes import cases, fit, scripted
from bench.routes.cases import Case, Progress
from bench.routes.fit import Known
from supportapp.answering import routing, taking
from supportapp.answering.intervals import wilson
from supportapp.answering.routes import RouteModel, Routes
from supportapp.answering.routing import POLICIES, Decision, Means, Model, Route
from supportapp.answering.values import Parts
from supportapp.gateway import ledger
from supportapp.knowledge.models import Workspace
from tests.fakes.model_server import ModelServer

VOTES = 3
ROUTES = (Route.QUOTING, Route.SMALL, Route.LARGE, Route.VOTING)
# Shares of the day's budget that are left: enough, little, none.
BUDGETS = {"": 1.0, "little left": 0.1, "spent": 0.0}


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one question on one route."""

    is_right: bool
    cost: float


Outcomes = Mapping[Route, Tried]


def measure(workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Return cost and score per route and per policy, with what foretold the difficulty."""
    every = cases.gather(workspace, progress)
    taken = [each for each in every if each.clues is not None]
    known = [
        Known(each.clues, each.group, each.is_answerable, not each.is_right)
        for each in taken
        if each.clues is not None
    ]
    difficulties = fit.held_out(known)
    asked = [each for each in every if each.set != cases.LATER]
    by_place = {id(each): float(hard) for each, hard in zip(taken, difficulties, strict=True)}
    with ModelServer() as server:
        outcomes = [
            _outcomes(each, server, workspace, progress, place, len(asked))
            for place, each in enumerate(asked)
        ]
    progress("done", len(asked), len(asked))
    hard = [by_place.get(id(each), 0.0) for each in asked]
    return {
        "questions": len(asked),
        "without an answer": sum(not each.is_answerable for each in asked),
        "took a route": sum(each.clues is not None for each in asked),
        "votes": VOTES,
        "fit": fit.as_json(known),
        "routes": {route.value: figures([each[route] for each in outcomes]) for route in ROUTES},
        "policies": _policies(asked, outcomes, hard),
    }


def figures(tried: Sequence[Tried]) -> dict[str, float]:
    """Return the score with its interval, and the dollars for a thousand questions."""
    right = sum(each.is_right for each in tried)
    sure = wilson(right, len(tried))
    return {
        "score": round(right / len(tried), 4),
        "low": round(sure.low, 4),
        "high": round(sure.high, 4),
        "dollars": round(1000 * sum(each.cost for each in tried) / len(tried), 4),
    }


def _outcomes(
    case: Case,
    server: ModelServer,
    workspace: Workspace,
    progress: Progress,
    place: int,
    count: int,
) -> Outcomes:
    progress("routes", place, count)
    quoted = Tried(case.is_right, 0.0)
    if case.clues is None:
        return dict.fromkeys(ROUTES, quoted)
    parts = cases.without_model(workspace)
    return {
        Route.QUOTING: quoted,
        **{route: _tried(case, route, parts, server) for route in ROUTES if route != Route.QUOTING},
    }


def _tried(case: Case, route: Route, parts: Parts, server: ModelServer) -> Tried:
    name = "small" if route is Route.SMALL else "large"
    server.reset()
    for draft in range(VOTES if route is Route.VOTING else 1):
        said = scripted.reply(name, case.id, draft, case.evidence, case.articles)
        server.say(said).once()
    chat = scripted.model(server, name)
    models = {Route(name): RouteModel(chat, chat.model)}
    ready = replace(parts, chat=chat, routes=Routes(Means(), models))
    decision = Decision(route, "", 0.0, votes=VOTES)
    with ledger.opened() as kept:
        answer = cases.ask(case.question, taking.on(ready, decision))
        return Tried(cases.is_right(answer, case.articles), float(kept.cost or Decimal(0)))


def _policies(
    asked: Sequence[Case], outcomes: Sequence[Outcomes], hard: Sequence[float]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for policy in POLICIES:
        for said, left in BUDGETS.items():
            means = Means(policy, has_small=True, has_large=True, budget_left=left)
            chosen = [
                _chosen(each, means, difficulty)
                for each, difficulty in zip(asked, hard, strict=True)
            ]
            tried = [known[route] for known, route in zip(outcomes, chosen, strict=True)]
            name = f"{policy}, {said}" if said else policy
            found[name] = figures(tried) | {
                "shares": _shares(asked, chosen),
                "by_chance": _by_chance(asked, outcomes, chosen),
            }
    return found


def _chosen(case: Case, means: Means, difficulty: float) -> Route:
    """Return the route by a difficulty that was fitted without this question."""
    if case.clues is None:
        return Route.QUOTING
    return routing.choose(case.clues, means, _Known(constant=difficulty)).route


class _Known(Model):
    """A difficulty that is known already."""

    def difficulty(self, clues: routing.Clues) -> float:
        return self.constant


def _shares(asked: Sequence[Case], chosen: Sequence[Route]) -> dict[str, float]:
    """Return how many of the questions that took a route took which."""
    taken = [route for case, route in zip(asked, chosen, strict=True) if case.clues is not None]
    return {route.value: round(taken.count(route) / len(taken), 4) for route in ROUTES}


def _by_chance(
    asked: Sequence[Case], outcomes: Sequence[Outcomes], chosen: Sequence[Route]
) -> float:
    """Return the score where as many questions took each route, whichever they were."""
    shares = _shares(asked, chosen)
    score = 0.0
    for case, known in zip(asked, outcomes, strict=True):
        if case.clues is None:
            score += known[Route.QUOTING].is_right
        else:
            score += sum(shares[route.value] * known[route].is_right for route in ROUTES)
    return round(score / len(asked), 4)

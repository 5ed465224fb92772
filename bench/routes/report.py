"""What was measured of routes and policies, as Markdown, good figures and bad ones alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.routes.scripted import PRICES, SKILL

ROUTES = {"quoting": "quoting", "small": "small", "large": "large", "voting": "vote of {votes}"}


def as_markdown(found: Mapping[str, Any]) -> list[str]:
    """Return the tables for docs/benchmarks.md."""
    return [
        f"{found['questions']} questions of `bench/`, {found['without an answer']} of them without "
        f"an answer; {found['took a route']} took a route, the others were declined before, on "
        "every route alike. Dollars are for 1,000 questions.",
        "",
        *_fit(found["fit"]),
        "",
        "**Each route for every question.** " + _scripts(),
        "",
        "| Route | right | 95% interval | dollars |",
        "|---|--:|--:|--:|",
        *(_route(name, each, found["votes"]) for name, each in found["routes"].items()),
        "",
        "**Policies**, by a difficulty fitted without the question; *by chance*: as many questions "
        "on each route, whichever they are.",
        "",
        "| Policy | quoted | small | large | right | by chance | dollars |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(_policy(name, each) for name, each in found["policies"].items()),
    ]


def _fit(fitted: Mapping[str, Any]) -> list[str]:
    on = fitted["fitted_on"]
    foretold = [f"{each['foretold']:.0%} → {each['failed']:.0%}" for each in on["calibration"]]
    return [
        f"**Difficulty**, the chance that quoting is wrong: {on['questions']} questions that took "
        f"a route (their misspelt and later forms among them), {on['quoting_failed']} quoted "
        f"wrongly. Cross-validated: AUC {on['auc']:.3f}, log loss {on['log_loss']:.3f} (of a "
        f"constant {on['log_loss_without']:.3f}). Foretold → came, by fifths: "
        f"{', '.join(foretold)}.",
    ]


def _scripts() -> str:
    said = [
        f"the {name} one is right in {each.first:.0%} where the right article comes first in its "
        f"evidence, {each.further:.0%} where it stands further down, and declines "
        f"{each.nowhere:.0%} of what nothing answers (${PRICES[name].prompt:f} and "
        f"${PRICES[name].completion:f} per million tokens)"
        for name, each in SKILL.items()
    ]
    return f"Quoting is measured. **The two models are scripted**: {'; '.join(said)}."


def _route(name: str, each: Mapping[str, float], votes: int) -> str:
    sure = f"{each['low']:.1%} to {each['high']:.1%}"
    title = ROUTES[name].format(votes=votes)
    return f"| {title} | {each['score']:.1%} | {sure} | {each['dollars']:.3f} |"


def _policy(name: str, each: Mapping[str, Any]) -> str:
    shares = each["shares"]
    columns = [
        name,
        *(f"{shares[route]:.0%}" for route in ("quoting", "small", "large")),
        f"{each['score']:.1%}",
        f"{each['by_chance']:.1%}",
        f"{each['dollars']:.3f}",
    ]
    return f"| {' | '.join(columns)} |"

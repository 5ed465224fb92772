"""What a run must reach: bounds for scorers, and no scorer worse than before beyond chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from supportapp.evals import contrast
from supportapp.evals.models import Run
from supportapp.evals.scorers.catalogue import SCORERS


class BadGate(ValueError):
    """A bound that can't be read."""


def parse(given: Sequence[str]) -> dict[str, float]:
    """Read bounds such as support=0.9; raises BadGate."""
    bounds: dict[str, float] = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in SCORERS:
            raise BadGate(f"There is no scorer {name!r}. There are: {', '.join(SCORERS)}.")
        try:
            bounds[name] = float(value)
        except ValueError:
            raise BadGate(f"{each!r} isn't like {name}=0.9.") from None
        if not math.isfinite(bounds[name]):
            raise BadGate(f"{each!r} isn't like {name}=0.9.")
    return bounds


def faults(run: Run, bounds: Mapping[str, float], baseline: Run | None) -> list[str]:
    """Return what a run falls short of, in words; a scorer that said nothing falls short, too."""
    found = [said for name, bound in bounds.items() if (said := _fault(run, name, bound))]
    if baseline is not None:
        found += [
            f"{each.scorer.name} went from {each.before:.3f} to {each.after:.3f}"
            f" since run {baseline.pk} (95% {each.gain.low:+.3f} to {each.gain.high:+.3f})"
            for each in contrast.contrast(baseline, run).regressions
        ]
    return found


def _fault(run: Run, name: str, bound: float) -> str:
    figure = run.figures.get("scorers", {}).get(name)
    if figure is None:
        return f"{name} said nothing"
    mean = figure["mean"]
    if SCORERS[name].less_is_better:
        return f"{name} is {mean:.3f}, above {bound:g}" if mean > bound else ""
    return f"{name} is {mean:.3f}, below {bound:g}" if mean < bound else ""

"""What a run came to: each scorer's mean with its interval, by topic, and how much repeats vary."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from supportapp.answering import scores as prompt_scores
from supportapp.answering import versions
from supportapp.answering.prompting import ANSWER
from supportapp.answering.scores import Measured
from supportapp.answering.values import Notice
from supportapp.evals import ranking, running
from supportapp.evals.models import Result, Run
from supportapp.evals.scorers.catalogue import SCORERS

DIGITS = 6
NO_TOPIC = "No topic"
# Then it wasn't the run's own model that answered.
FELL_BACK = {Notice.MODEL_UNAVAILABLE.value, Notice.OTHER_MODEL.value}
# One example's values of one scorer, a value per repeat.
Values = Mapping[int, Sequence[float]]


def finish(run: Run, holder: UUID) -> bool:
    """Sum a run up and end it; False where it isn't held any more."""
    found = figures(run)
    is_ended = running.end(run.pk, holder, Run.State.DONE, figures=found)
    if is_ended:
        _record(run, found)
    return is_ended


def figures(run: Run) -> dict[str, Any]:
    """Return a run's figures: plain JSON, stable keys."""
    rows = list(run.results.select_related("example"))
    topics: dict[str, list[Result]] = defaultdict(list)
    for row in rows:
        topics[row.example.topic or NO_TOPIC].append(row)
    return {
        "scorers": {name: _summed(values) for name, values in by_scorer(rows).items()},
        "topics": {
            topic: {name: _short(values) for name, values in by_scorer(found).items()}
            for topic, found in sorted(topics.items())
        },
        "examples": len({row.example_id for row in rows}),
        "answers": len(rows),
        "answered": sum(row.outcome == "answered" for row in rows),
        "faults": sum(bool(row.error) for row in rows),
        "fell_back": sum(bool(FELL_BACK & set(row.notices)) for row in rows),
        "tokens_in": sum(row.tokens_in for row in rows),
        "tokens_out": sum(row.tokens_out for row in rows),
        "p50_ms": _quantile(rows, 50),
        "p95_ms": _quantile(rows, 95),
    }


def by_scorer(rows: Iterable[Result]) -> dict[str, Values]:
    """Return each scorer's values, example by example, in the order of the catalogue."""
    found: dict[str, dict[int, list[float]]] = {name: {} for name in SCORERS}
    for row in rows:
        for name, score in row.scores.items():
            if name in found and score["value"] is not None:
                found[name].setdefault(row.example_id, []).append(float(score["value"]))
    return {name: values for name, values in found.items() if values}


def means(values: Values) -> dict[int, float]:
    """Return each example's mean over its repeats."""
    return {example: statistics.fmean(each) for example, each in values.items()}


def _summed(values: Values) -> dict[str, float | int | None]:
    found = ranking.estimate(list(means(values).values()))
    return {
        "mean": round(found.mean, DIGITS),
        "low": round(found.low, DIGITS),
        "high": round(found.high, DIGITS),
        "count": len(values),
        "spread": _spread(values),
    }


def _short(values: Values) -> dict[str, float | int]:
    of = list(means(values).values())
    return {"mean": round(statistics.fmean(of), DIGITS), "count": len(of)}


def _spread(values: Values) -> float | None:
    """Return how far repeats of one example lie apart: the root of their mean variance."""
    variances = [statistics.variance(each) for each in values.values() if len(each) > 1]
    return round(statistics.fmean(variances) ** 0.5, DIGITS) if variances else None


def _quantile(rows: Sequence[Result], percent: int) -> float | None:
    times = sorted(row.milliseconds for row in rows if row.milliseconds is not None)
    if not times:
        return None
    return round(times[min(len(times) - 1, round(percent / 100 * (len(times) - 1)))], 1)


def _record(run: Run, found: Mapping[str, Any]) -> None:
    """Write the figures beside the prompt version that they speak of: only a model reads one."""
    if not run.model:
        return
    workspace = run.dataset.workspace
    versions.sync(workspace)
    prompt = prompt_scores.version(workspace.pk, ANSWER, run.prompt_sha256)
    if prompt is not None:
        measured = {
            name: Measured(each["mean"], each["low"], each["high"])
            for name, each in found["scorers"].items()
        }
        prompt_scores.record(prompt, run.dataset.name, str(run.pk), measured)

"""From rankings to figures, by the product's own measures, the same for every system. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.peers.runs import CONVERSATION, MESSAGE, Run
from supportapp.evals import ranking
from supportapp.evals.ranking import Estimate

OURS = "supportapp"
PROMISE = 0.95
# An answer rests on the first few passages: the product hands on six, most peers four or five.
LOOKED_AT = 5
Grades = Mapping[str, Mapping[str, int]]
Measure = Callable[[Sequence[str], Mapping[str, int]], float]
MEASURES: dict[str, Measure] = {
    "ndcg@10": lambda ranked, grades: ranking.ndcg(ranked, grades, 10),
    "mrr@10": lambda ranked, grades: ranking.reciprocal_rank(ranked, grades, 10),
    "recall@1": lambda ranked, grades: ranking.recall(ranked, grades, 1),
    "recall@5": lambda ranked, grades: ranking.recall(ranked, grades, 5),
    "recall@10": lambda ranked, grades: ranking.recall(ranked, grades, 10),
}


@dataclass(frozen=True)
class Figures:
    """One run in numbers; `sure` is the coverage at the promised precision, by depth, and
    `calibrated` the same by confidence that was learned from labels of other conversations."""

    system: str
    reading: str
    values: Mapping[str, Sequence[float]]
    milliseconds: Sequence[float]
    seconds_to_index: float
    sure: Mapping[str, float | None]
    calibrated: Mapping[str, float | None]

    def estimate(self, measure: str) -> Estimate:
        """Return a measure's mean with its interval."""
        return ranking.estimate(self.values[measure])

    def percentile(self, percent: float) -> float:
        """Return the milliseconds of a question at a percentile."""
        return float(np.percentile(self.milliseconds, percent)) if len(self.milliseconds) else 0.0


def of(run: Run, grades: Grades, unanswerable: Collection[str] = ()) -> Figures:
    """Measure a run; a question without a ranking counts as nothing found."""
    ids = {query: [each.id for each in run.ranked.get(query, ())] for query in grades}
    return Figures(
        system=run.system,
        reading=run.reading,
        values={
            name: [value(ids[query], grades[query]) for query in grades]
            for name, value in MEASURES.items()
        },
        milliseconds=run.milliseconds,
        seconds_to_index=run.seconds_to_index,
        sure=_sure(run, grades, unanswerable),
        calibrated=_sure(replace(run, confidence=run.calibrated), grades, unanswerable)
        if run.calibrated
        else {},
    )


def _sure(run: Run, grades: Grades, unanswerable: Collection[str]) -> dict[str, float | None]:
    return {
        f"first {depth}": coverage(run, grades, unanswerable, depth) for depth in (1, LOOKED_AT)
    }


def coverage(run: Run, grades: Grades, unanswerable: Collection[str], depth: int) -> float | None:
    """Return the share of all questions answered at the promised precision.

    The threshold is the best there is in hindsight, for every system. An answer is right where
    something relevant is among the first `depth`. None where no threshold keeps the promise, or
    where every question has an answer.
    """
    if not unanswerable:
        return None
    sure, right = [], []
    for query, relevant in grades.items():
        sure.append(run.sureness(query))
        first = run.ranked.get(query, ())[:depth]
        right.append(any(relevant.get(each.id, 0) > 0 for each in first))
    for query in unanswerable:
        sure.append(run.sureness(query))
        right.append(False)
    best = ranking.coverage_at(ranking.precision_coverage(sure, right), PROMISE)
    return best.coverage if best else 0.0


def lead(ours: Figures, theirs: Figures, measure: str = "ndcg@10") -> Estimate:
    """Return how far we are ahead, question by question, with a paired bootstrap interval."""
    return ranking.difference(ours.values[measure], theirs.values[measure])


def verdict(difference: Estimate) -> str:
    """Say in a word what an interval of differences means."""
    if not difference.excludes_zero:
        return "no difference shown"
    return "ahead" if difference.low > 0 else "behind"


def ours(figures: Sequence[Figures], reading: str) -> Figures:
    """Return the product's run; on a set without conversations both readings are one."""
    mine = {each.reading: each for each in figures if each.system == OURS}
    return mine.get(reading) or mine[MESSAGE]


def as_json(figures: Sequence[Figures]) -> list[dict[str, Any]]:
    """Return a set's figures for a file."""
    rows = []
    for each in figures:
        estimates = {name: each.estimate(name) for name in MEASURES}
        row: dict[str, Any] = {"system": each.system, "reading": each.reading}
        row |= {name: round(value.mean, 4) for name, value in estimates.items()}
        row["intervals"] = {n: [round(e.low, 4), round(e.high, 4)] for n, e in estimates.items()}
        row["ms_p50"], row["ms_p95"] = (round(each.percentile(p), 2) for p in (50, 95))
        row["seconds_to_index"] = each.seconds_to_index
        row["coverage_at_95"] = dict(each.sure)
        row["coverage_at_95_calibrated"] = dict(each.calibrated)
        if each.system != OURS:
            row["lead"] = {
                against: _lead(ours(figures, against), each) for against in (CONVERSATION, MESSAGE)
            }
        rows.append(row)
    return rows


def _lead(mine: Figures, theirs: Figures) -> dict[str, Any]:
    difference = lead(mine, theirs)
    return {
        "ndcg@10": round(difference.mean, 4),
        "interval": [round(difference.low, 4), round(difference.high, 4)],
        "verdict": verdict(difference),
    }

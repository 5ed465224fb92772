"""Two runs laid side by side: which scorers differ by more than chance, and which examples do.

Examples are paired by their key; one that was edited between the runs is shown, and counts for
nothing, because it asks something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supportapp.evals import ranking, summing
from supportapp.evals.models import Result, Run
from supportapp.evals.ranking import Estimate
from supportapp.evals.scorers.catalogue import QUALITY, SCORERS, Scorer

SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """One scorer on the examples that both runs have it of."""

    scorer: Scorer
    before: float
    after: float
    gain: Estimate
    count: int

    @property
    def direction(self) -> str:
        """Say "better" or "worse" where the interval excludes no difference; else nothing."""
        if not self.gain.excludes_zero:
            return ""
        return "worse" if (self.gain.high < 0) != self.scorer.less_is_better else "better"

    @property
    def is_same(self) -> bool:
        """Say whether no example differs at all."""
        return self.gain.low == self.gain.high == 0


@dataclass(frozen=True, slots=True)
class Changed:
    """One example whose answer or scores are others."""

    key: str
    question: str
    before: Result
    after: Result
    better: Sequence[str]
    worse: Sequence[str]
    is_edited: bool

    @property
    def direction(self) -> str:
        """Say what it is on the whole; "mixed" where scorers disagree."""
        if self.is_edited:
            return "edited"
        if self.better and self.worse:
            return "mixed"
        return "better" if self.better else "worse" if self.worse else "other words"


@dataclass(frozen=True, slots=True)
class Contrast:
    """What differs between two runs."""

    before: Run
    after: Run
    lines: Sequence[Line]
    changed: Sequence[Changed]
    unchanged: int
    only_before: Sequence[str]
    only_after: Sequence[str]

    @property
    def regressions(self) -> list[Line]:
        """Return the scorers of quality that got worse by more than chance."""
        return [
            each for each in self.lines if each.direction == "worse" and each.scorer.name in QUALITY
        ]


def contrast(before: Run, after: Run) -> Contrast:
    """Lay two runs side by side."""
    old, new = _by_key(before), _by_key(after)
    both = [key for key in old if key in new]
    same = [key for key in both if old[key][0].example_id == new[key][0].example_id]
    found = [_compared(old[key], new[key]) for key in both]
    changed = [each for each in found if each is not None]
    order = {"worse": 0, "mixed": 1, "better": 2, "other words": 3, "edited": 4}
    changed.sort(key=lambda each: (order[each.direction], each.key))
    return Contrast(
        before,
        after,
        _lines(
            [row for key in same for row in old[key]], [row for key in same for row in new[key]]
        ),
        changed,
        len(both) - len(changed),
        [key for key in old if key not in new],
        [key for key in new if key not in old],
    )


def baseline(run: Run) -> Run | None:
    """Return the run that a run is compared with: the last one before it that was done."""
    earlier = Run.objects.filter(dataset=run.dataset_id, state=Run.State.DONE, pk__lt=run.pk)
    return earlier.first()


def _by_key(run: Run) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for row in run.results.select_related("example").order_by("example__key", "repeat"):
        found.setdefault(row.example.key, []).append(row)
    return found


def _lines(old: Sequence[Result], new: Sequence[Result]) -> list[Line]:
    before, after = summing.by_scorer(old), summing.by_scorer(new)
    lines = []
    for name, scorer in SCORERS.items():
        if name in before and name in after:
            first, second = summing.means(before[name]), summing.means(after[name])
            both = [example for example in first if example in second]
            if both:
                lines.append(_line(scorer, [first[e] for e in both], [second[e] for e in both]))
    return lines


def _line(scorer: Scorer, first: Sequence[float], second: Sequence[float]) -> Line:
    return Line(
        scorer,
        sum(first) / len(first),
        sum(second) / len(second),
        ranking.difference(second, first),
        len(first),
    )


def _compared(old: Sequence[Result], new: Sequence[Result]) -> Changed | None:
    before, after = _means(old), _means(new)
    gains = {
        name: after[name] - before[name] for name in QUALITY if name in before and name in after
    }
    better = [name for name, gain in gains.items() if gain > SMALLEST]
    worse = [name for name, gain in gains.items() if gain < -SMALLEST]
    first, second = old[0], new[0]
    is_edited = first.example_id != second.example_id
    is_same = (first.answer, first.outcome) == (second.answer, second.outcome)
    if is_same and not better and not worse and not is_edited:
        return None
    question = second.example.question
    return Changed(second.example.key, question, first, second, better, worse, is_edited)


def _means(rows: Sequence[Result]) -> Mapping[str, float]:
    found = summing.by_scorer(rows).items()
    return {name: next(iter(summing.means(values).values())) for name, values in found}

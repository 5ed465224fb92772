"""Is the answer from the draft better, worse, changed or the same? Pure.

Scores decide, where they moved; then whether the question is answered at all. Words that differ
while no score says which are better are just changed: a person looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ANSWERED, NO_EVIDENCE = "answered", "no_evidence"
# Smaller moves are noise.
MARGIN = 0.1
HOLDS = 0.999
_MARKER = re.compile(r" ?\[\d{1,3}\]")


class Verdict(StrEnum):
    """What the draft does to one answer."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers. `sources` are the texts that it cites, in order.

    `scores` say how good it is, more is better; `demands` are those that a golden example must
    hold: one below 1 and it is broken.
    """

    outcome: str
    text: str
    sources: Sequence[str] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    demands: frozenset[str] = frozenset()
    error: str = ""

    @property
    def holds(self) -> bool:
        """Say whether everything that is demanded of it is so."""
        return not self.error and all(
            value >= HOLDS for name, value in self.scores.items() if name in self.demands
        )


def compare(before: Side, after: Side) -> Verdict:
    """Judge what becomes of an answer."""
    if before.error or after.error:
        return Verdict.FAILED
    if before.holds != after.holds:
        return Verdict.BETTER if after.holds else Verdict.WORSE
    moved = _moved(before.scores, after.scores)
    if moved is not None:
        return moved
    if before.outcome != after.outcome:
        return _by_outcome(before.outcome, after.outcome)
    return Verdict.UNCHANGED if is_same(before, after) else Verdict.CHANGED


def is_break(before: Side, after: Side) -> bool:
    """Say whether a golden example that holds now would be broken."""
    return before.holds and not after.holds


def is_same(before: Side, after: Side) -> bool:
    """Say whether both say the same words; from which number they come doesn't matter."""
    return _words(before.text) == _words(after.text) and before.outcome == after.outcome


def _moved(before: Mapping[str, float], after: Mapping[str, float]) -> Verdict | None:
    moves = [after[name] - before[name] for name in before if name in after]
    rose = any(move >= MARGIN for move in moves)
    fell = any(move <= -MARGIN for move in moves)
    if rose and fell:
        return Verdict.CHANGED
    if rose or fell:
        return Verdict.BETTER if rose else Verdict.WORSE
    return None


def _by_outcome(before: str, after: str) -> Verdict:
    if (before, after) == (NO_EVIDENCE, ANSWERED):
        return Verdict.BETTER
    if (before, after) == (ANSWERED, NO_EVIDENCE):
        return Verdict.WORSE
    return Verdict.CHANGED


def _words(text: str) -> str:
    return " ".join(_MARKER.sub("", text).split())

"""Self-consistency: several samples of one answer, and which of them most others say too. Pure.

Wang et al., "Self-consistency improves chain of thought reasoning in language models", 2022; the
vote here is by nearness of the texts and common sources, since answers aren't single values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SAME_FROM = 0.8


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: its text, and the passages that it cites."""

    text: str
    passages: frozenset[int]
    is_answer: bool = True


@dataclass(frozen=True, slots=True)
class Vote:
    """Which sample won, and how many said the same, itself included."""

    winner: int
    votes: tuple[int, ...]
    agreement: float

    def noted(self) -> dict[str, Any]:
        """Return what a receipt keeps."""
        return {
            "samples": len(self.votes),
            "votes": list(self.votes),
            "winner": self.winner,
            "agreement": round(self.agreement, 4),
        }


def count(samples: Sequence[Sample], nearness: Sequence[Sequence[float]]) -> Vote:
    """Return the sample that most others agree with; the first of equals.

    Two agree where both decline, or where both answer, cite a common passage and lie near.
    """
    votes = [
        sum(
            _agree(samples[one], samples[other], nearness[one][other], is_self=one == other)
            for other in range(len(samples))
        )
        for one in range(len(samples))
    ]
    winner = max(range(len(votes)), key=lambda place: (votes[place], -place))
    return Vote(winner, tuple(votes), votes[winner] / len(votes))


def _agree(one: Sample, other: Sample, near: float, *, is_self: bool) -> bool:
    if is_self:
        return True
    if not (one.is_answer and other.is_answer):
        return one.is_answer == other.is_answer
    return near >= SAME_FROM and not one.passages.isdisjoint(other.passages)

"""One look at an answer by the guards, for the scorers that read what they saw. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from supportapp.evals.values import Answered
from supportapp.guardrails import outgoing
from supportapp.guardrails.cutting import pieces_of
from supportapp.guardrails.support import Nearness
from supportapp.guardrails.values import Action, Finding


@dataclass(frozen=True, slots=True)
class Objection:
    """A sentence and what a guard has against it."""

    sentence: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Look:
    """How many sentences there are, and what the guards object to."""

    sentences: int
    objections: tuple[Objection, ...]

    def of(self, guards: Collection[str]) -> list[Objection]:
        """Return what these guards would hold back."""
        return [
            each
            for each in self.objections
            if each.finding.guard in guards and each.finding.action is Action.BLOCK
        ]


def look(answered: Answered, question: str, nearness: Nearness | None) -> Look:
    """Read an answer as the guards do before a customer sees it, with all of them on."""
    pieces = [
        piece
        for line in answered.text.split("\n")
        for piece in pieces_of(line)
        if any(each.isalnum() for each in piece)
    ]
    found = outgoing.review(answered.text, answered.evidence, question=question, nearness=nearness)
    return Look(len(pieces), tuple(Objection(*each) for each in found))

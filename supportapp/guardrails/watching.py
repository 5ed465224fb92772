"""The guards of one question: what is on, what was seen, what may go on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from supportapp.guardrails import instructions
from supportapp.guardrails.incoming import Checked
from supportapp.guardrails.instructions import Cleaned
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import Action, Finding, Noted
from supportapp.retrieval.values import Evidence


@dataclass(frozen=True, slots=True)
class Watch:
    """Goes with a question from the first guard to the last."""

    guards: Guards
    noted: Noted
    checked: Checked

    def cleaned(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Return the passages without what speaks to a model; what is left empty is left out."""
        if not self.guards.has("planted"):
            return tuple(evidence)
        kept = ((each, _cleaned(each.text)) for each in evidence)
        return tuple(replace(each, text=found.text) for each, found in kept if found.text)

    def note_planted(self, evidence: Sequence[Evidence]) -> None:
        """Note what was taken out of the passages that a search found."""
        if self.guards.has("planted"):
            for each in evidence:
                for code in _cleaned(each.text).codes:
                    self.noted.add(Finding("planted", Action.REWRITE, f"planted.{code}"))

    def spotlit(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Return the passages as a model gets them."""
        if not self.guards.has("spotlight"):
            return tuple(evidence)
        return tuple(replace(each, text=_spotlit(each.text)) for each in evidence)


# Passages come back with every question that finds them.
@lru_cache(maxsize=4096)
def _cleaned(text: str) -> Cleaned:
    return instructions.clean(text)


@lru_cache(maxsize=4096)
def _spotlit(text: str) -> str:
    return instructions.spotlit(text)

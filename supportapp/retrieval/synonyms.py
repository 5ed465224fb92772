"""Words that staff keep as saying the same: they widen the keyword search of a question. Pure.

A group holds phrases: "sign in, log in, anmelden". Where the question says one of them, the terms
of the others are searched too, at a lower weight. Only what the question itself says widens it,
never what was added, so that groups which share a phrase can't lead from one to the next without
end. The question's own terms keep their weights. Passages aren't touched: a change needs no new
index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from supportapp.retrieval.analysis import analyser, stemming, weight

# How much a synonym's term counts beside a word of the question.
SYNONYM_WEIGHT = 0.5
MOST_ADDED = 40
_KEPT_COMPILED = 64

Terms = frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases that say the same. One-way: only the first one is widened, by the others."""

    phrases: tuple[str, ...]
    is_one_way: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase's terms, and those of the phrases that are searched beside it."""

    said: Terms
    others: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """A question's own terms with their weights, what was added, and by which rules."""

    own: Mapping[str, float]
    added: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @property
    def weights(self) -> dict[str, float]:
        """Return the weights of all terms to search for."""
        return {**self.own, **self.added}

    def equivalents(self, term: str) -> list[Terms]:
        """Return the phrases any of which says what this word of the question says."""
        return [other for rule in self.rules if term in rule.said for other in rule.others]


def expand(own: Mapping[str, float], rules: Iterable[Rule]) -> Expansion:
    """Add the terms of the phrases that say the same as the question's."""
    added: dict[str, float] = {}
    used: list[Rule] = []
    for rule in rules:
        if not rule.said or not all(own.get(term, 0.0) > 0 for term in rule.said):
            continue
        used.append(rule)
        times = min(own[term] / weight(term) for term in rule.said)
        for term in sorted({term for other in rule.others for term in other} - own.keys()):
            if term in added or len(added) < MOST_ADDED:
                value = times * weight(term) * SYNONYM_WEIGHT
                added[term] = max(added.get(term, 0.0), value)
    return Expansion(own, added, tuple(used))


@lru_cache(maxsize=_KEPT_COMPILED)
def compiled(groups: tuple[Group, ...], languages: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the groups' rules, read in every language of the index that they hold for."""
    rules: dict[Rule, None] = {}
    for group in groups:
        for language in languages:
            if not group.language or stemming(group.language) == language:
                rules.update(dict.fromkeys(_rules(group, language)))
    return tuple(rules)


def _rules(group: Group, language: str) -> list[Rule]:
    read = analyser(language).terms
    phrases = [frozenset(read(phrase)) for phrase in group.phrases]
    rules = []
    for said in phrases[:1] if group.is_one_way else phrases:
        others = tuple(other for other in dict.fromkeys(phrases) if other and other != said)
        if said and others:
            rules.append(Rule(said, others))
    return rules

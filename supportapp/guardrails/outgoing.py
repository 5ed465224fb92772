"""An answer's sentences at the guards, one by one, before anyone sees them. Pure.

The same checks serve the stream and evaluations: they need the answer, its evidence and the
question, and no reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from supportapp.guardrails import conduct, leaks, personal, promises, rules, support
from supportapp.guardrails.cutting import pieces_of
from supportapp.guardrails.grounds import READ, Grounds
from supportapp.guardrails.support import Fault, Nearness, Support, Weighed
from supportapp.guardrails.switches import EVERY, Guards
from supportapp.guardrails.values import Action, Finding
from supportapp.retrieval.values import Evidence

_GUARD_OF = {
    Fault.WORDS: "support",
    Fault.FIGURE: "figures",
    Fault.LINK: "links",
    Fault.NEGATION: "negation",
}
_IMAGE = re.compile(r"!\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--.*?-->", re.IGNORECASE)
_HEADING = re.compile(r"^(\s*)#{1,6}\s+(.+?)\s*#*(\s*)$")
# What only words around it announce: a name of one letter would be in every address.
_ANNOUNCED = frozenset({"NAME", "ADDRESS"})
_STEP = re.compile(r"^\s*\d{1,3}[.)]\s")


@dataclass(frozen=True, slots=True)
class Prompted:
    """What of a prompt must not come out: its rules' words and its canary."""

    rules: str = ""
    canary: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence as it may be shown, or why it may not be."""

    text: str
    finding: Finding | None = None
    weighed: Weighed | None = None

    @property
    def is_held(self) -> bool:
        return self.finding is not None and self.finding.action is Action.BLOCK


class Judge:
    """Judges the sentences of one answer. `said` is the question, whose data are its asker's."""

    def __init__(
        self,
        guards: Guards,
        evidence: Sequence[Evidence],
        said: str = "",
        prompted: Prompted = Prompted(),
    ) -> None:
        self._guards = guards
        self._prompted = prompted
        self.grounds = Grounds.of(evidence, personal.spoken(said))
        self._known = _values(said).union(*(_values_of_passage(each.text) for each in evidence))

    def first(self, sentence: str) -> Judged:
        """Judge all but what vectors or a model may still decide: then it has `weighed`."""
        text = self._formatted(sentence)
        if finding := self._at_once(text):
            return Judged("", finding)
        changed = Finding("format", Action.REWRITE, "format") if text != sentence else None
        if not self._guards.on & {"support", "figures", "links", "negation"}:
            return Judged(text, changed)
        weighed = support.weigh(personal.spoken(text), self.grounds)
        if weighed.verdict is None:
            return Judged(text, changed, weighed)
        return self._supported(text, weighed.verdict, changed)

    def last(self, judged: Judged, nearest: float | None) -> Judged:
        """Judge what the words left open."""
        if judged.weighed is None:
            return judged
        return self._supported(
            judged.text, support.conclude(judged.weighed, nearest), judged.finding
        )

    def _supported(self, text: str, verdict: Support, changed: Finding | None) -> Judged:
        guard = _GUARD_OF[verdict.fault] if verdict.fault else ""
        if not guard or not self._guards.has(guard):
            return Judged(text, changed)
        return Judged("", Finding(guard, Action.BLOCK, str(verdict.fault)))

    def _formatted(self, sentence: str) -> str:
        if not self._guards.has("format"):
            return sentence
        text = _TAG.sub("", _IMAGE.sub(r"\1", sentence))
        return _HEADING.sub(r"\1**\2**\3", text)

    def _at_once(self, text: str) -> Finding | None:
        """The checks that need no more than the sentence and what is known."""
        has = self._guards.has
        if has("leaks") and leaks.is_disguised(text, self._prompted.rules, self._prompted.canary):
            return Finding("leaks", Action.BLOCK, "disguised_prompt")
        if has("others_data") and (kind := self._strange(text)):
            return Finding("others_data", Action.BLOCK, kind)
        if has("compliance") and (rule := rules.forbids(self._guards.rules, text)):
            return Finding("compliance", Action.BLOCK, f"forbidden.{rule.number}")
        if has("tone") and conduct.is_rude(text):
            return Finding("tone", Action.BLOCK, "tone")
        if has("promises") and promises.is_unmade(text, self.grounds):
            return Finding("promises", Action.BLOCK, "promise")
        return None

    def _strange(self, text: str) -> str:
        """Return the kind of somebody's data that neither the question nor an article holds."""
        for span in personal.find(text, allowed=self._guards.own):
            if span.kind not in _ANNOUNCED:
                value = text[span.start : span.end].lower()
                if not any(value in known or known in value for known in self._known):
                    return span.kind.lower()
        return ""


def _values(text: str) -> frozenset[str]:
    """Return the personal data of a text, in lower case, that an answer may say again."""
    return frozenset(
        text[span.start : span.end].lower()
        for span in personal.find(text)
        if span.kind not in _ANNOUNCED
    )


# Many questions rest on the same passages.
_values_of_passage = lru_cache(maxsize=READ)(_values)


def is_step(piece: str) -> bool:
    """Say whether a piece of an answer is a step that the next ones rest on."""
    return _STEP.match(piece) is not None


def review(
    answer: str,
    evidence: Sequence[Evidence],
    *,
    question: str = "",
    guards: Guards = EVERY,
    nearness: Nearness | None = None,
) -> tuple[tuple[str, Finding], ...]:
    """Return each sentence of a whole answer that a guard objects to, with what it saw."""
    judge = Judge(guards, evidence, question)
    objections: list[tuple[str, Finding]] = []
    for line in answer.split("\n"):
        for piece in pieces_of(line):
            judged = judge.first(piece)
            nearest = None
            if judged.weighed is not None and nearness is not None:
                near = nearness(judged.weighed.text, judged.weighed.closest)
                nearest = max(near, default=0.0)
            judged = judge.last(judged, nearest)
            if judged.finding is not None:
                objections.append((piece.strip(), judged.finding))
    return tuple(objections)

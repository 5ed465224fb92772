"""Whether a sentence says of the same thing that it is so, or that it isn't. Pure.

For every word of negation, the words that it reaches. Two sentences that share such a word, once
reached and once not, contradict each other; so do opposites ("enable", "disable").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from supportapp.guardrails import alike

REACH = 3
_NEGATION = re.compile(
    r"\b(?:not|cannot|never|no|none|nobody|nothing|neither|nor|without|unable|no longer|"
    r"refus\w+|fail\w*|lacks?|impossible|n['’]t)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:.()–—|]|\b(?:but|because|so that|unless|while|whereas|although|if|when)\b", re.I
)
_CHINESE_NEGATION = re.compile(
    r"不(?!同|仅|但|过|断|久|管|论|少)|没有|没|无法|无需|未(?!来)|别(?!的|人)|禁止"
)
_NO_NEGATION = re.compile(r"\b(?:not only|no matter|no\.|no-one|why not|not sure)\b", re.I)
_OPPOSITES = (
    "enable/disable allow/forbid allow/prohibit allow/block include/exclude increase/decrease "
    "increase/reduce raise/lower accept/reject accept/decline approve/reject before/after "
    "free/paid always/never minimum/maximum least/most more/less fewer/more possible/impossible "
    "available/unavailable able/unable open/close start/end begin/end add/remove public/private "
    "monthly/yearly first/last upgrade/downgrade visible/hidden required/optional "
    "automatic/manual automatically/manually early/late earlier/later refundable/non-refundable "
    "with/without up/down on/off inside/outside above/below over/under day/night"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence's words of meaning, those that a negation reaches, and its loose words."""

    terms: frozenset[str]
    negated: tuple[frozenset[str], ...]
    words: frozenset[str]
    denials: int
    unspaced: int

    @property
    def reached(self) -> frozenset[str]:
        return frozenset().union(*self.negated)


def read(text: str) -> Said:
    """Read one sentence."""
    text = _NO_NEGATION.sub(" ", text)
    groups = []
    for match in _NEGATION.finditer(text):
        clause = _CLAUSE.split(text[match.end() :], maxsplit=1)[0]
        before = text[: match.start()]
        # "Refunds aren't possible": what is before counts where little follows.
        reached = _first(clause, REACH)
        if len(reached) < 2:
            reached |= _last(_CLAUSE.split(before)[-1], REACH - len(reached))
        if reached:
            groups.append(reached)
    words = frozenset(re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower()))
    unspaced = len(_CHINESE_NEGATION.findall(text))
    denials = len(_NEGATION.findall(text))
    return Said(alike.terms(text), tuple(groups), words, denials, unspaced)


def contradicts(claim: Said, sources: Sequence[Said]) -> bool:
    """Say whether a claim turns round what every source that is near to it says."""
    return bool(sources) and all(_turned(claim, source) for source in sources)


def _turned(claim: Said, source: Said) -> bool:
    if claim.unspaced != source.unspaced and (claim.unspaced == 0 or source.unspaced == 0):
        shared = len(claim.terms & source.terms)
        if shared >= 0.7 * max(1, len(claim.terms)):
            return True
    if _differs(claim, source) or _differs(source, claim):
        return True
    if claim.denials != source.denials and _is_same(claim.terms, source.terms):
        return True
    return any(
        here in claim.words
        and there in source.words
        and here not in source.words
        and there not in claim.words
        for here, there in _pairs()
    )


def _is_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether two sentences have nearly all their words in common: then each denial counts."""
    return len(one & other) >= 0.85 * len(one | other) > 0


def _differs(one: Said, other: Said) -> bool:
    """Say whether `one` denies what `other` has without denying it."""
    for group in one.negated:
        shared = group & other.terms
        if shared and not shared & other.reached and 2 * len(shared) >= len(group):
            return True
    return False


def _first(text: str, count: int) -> frozenset[str]:
    return _terms_of(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text), count)


def _last(text: str, count: int) -> frozenset[str]:
    return _terms_of(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)[::-1], count)


def _terms_of(words: Sequence[str], count: int) -> frozenset[str]:
    found: set[str] = set()
    for word in words:
        found |= alike.terms(word)
        if len(found) >= count:
            break
    return frozenset(found)


@cache
def _pairs() -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for pair in _OPPOSITES.split():
        left, _, right = pair.partition("/")
        for one, other in ((left, right), (right, left)):
            pairs.append((one, other))
            pairs += [(one + end, other + end) for end in ("s", "d", "ed", "ing")]
    return tuple(pairs)

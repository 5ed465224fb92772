"""Whether evidence says what a sentence claims, without a model. Pure.

A sentence is laid beside the evidence's own sentences. Its words must mostly be in one of them or
in two neighbours; its figures must be where its words are; it must not deny what they say. Where
the words leave it open, vectors may decide (`nearness`), if the caller has some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from supportapp.guardrails import alike, figures, polarity
from supportapp.guardrails.figures import Figure
from supportapp.guardrails.grounds import Grounds, Unit, bare
from supportapp.guardrails.polarity import Said

Nearness = Callable[[str, Sequence[str]], Sequence[float]]

# Chosen on answers made from articles (bench/guardrails): see docs/benchmarks.md.
SURE = 0.72
OPEN = 0.42
NEAR = 0.74
LONGEST_STRAY = 3
NEAR_ENOUGH = 0.12
ALSO = 0.5
FEWEST_TERMS = 2
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
# What an assistant says of itself and its answer claims nothing of the company's.
_OWN = re.compile(
    r"^(?:(?:yes|no|sure|okay|of course|certainly|hello|hi)[,.! ]*$|"
    r"(?:here(?:'s| is| are)|these are|follow these|to do (?:so|this|that)|let me|i hope|"
    r"hope (?:this|that)|if you (?:have|need|want|would like|'d like) (?:any |more |further |"
    r"other |to "
    r"(?:know|talk))|feel free|please (?:let|contact|reach|ask)|is there anything|would you like|"
    r"do you|i (?:don't|do not|can't|cannot|couldn't|could not|am (?:not )?able|'m|am an|only)|"
    r"the (?:articles?|evidence|help (?:centre|center|articles?)) (?:do(?:es)?n't|do(?:es)? not|"
    r"only|"
    r"says? nothing)|unfortunately,? (?:i|the articles?)|it depends|you're welcome|thank|"
    r"(?:i'm|we're|i am|we are) sorry))|^(?:是的|不是|好的|您好|抱歉|很抱歉|请问|如果您|希望)",
    re.IGNORECASE,
)


class Fault(StrEnum):
    """Why a sentence isn't supported."""

    WORDS = "unsupported"
    FIGURE = "figure"
    LINK = "link"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Support:
    """How well a sentence is supported: the share of its words, and what is wrong if anything."""

    share: float
    fault: Fault | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence beside the evidence. `verdict` is there already unless the words leave it open.

    Then `closest` are the sentences whose vectors decide.
    """

    text: str
    said: Said
    figures: frozenset[Figure]
    share: float
    known: float
    beside: tuple[tuple[float, Unit], ...]
    verdict: Support | None

    @property
    def is_open(self) -> bool:
        return self.verdict is None

    @property
    def closest(self) -> tuple[str, ...]:
        return tuple(unit.text for _, unit in self.beside[:2])


def check(sentence: str, grounds: Grounds, nearness: Nearness | None = None) -> Support:
    """Decide whether the evidence supports a sentence."""
    weighed = weigh(sentence, grounds)
    nearest = None
    if weighed.is_open and nearness is not None:
        nearest = max(nearness(weighed.text, weighed.closest), default=0.0)
    return conclude(weighed, nearest)


def weigh(sentence: str, grounds: Grounds) -> Weighed:
    """Lay a sentence beside the evidence."""
    text = bare(sentence)
    found = figures.find(text) | figures.links(sentence)
    said = polarity.read(figures.without(text))
    if missing := _missing(found, grounds.figures):
        kind = Fault.LINK if missing.kind in {"link", "email"} else Fault.FIGURE
        return Weighed(text, said, found, 0.0, 0.0, (), Support(0.0, kind, missing.kind))
    claims = _claims(text, said)
    if not claims and not found:
        return Weighed(text, said, found, 1.0, 1.0, (), Support(1.0))
    beside = tuple(_beside(said.terms, grounds.units))
    share = beside[0][0] if beside else 0.0
    known = len(said.terms & grounds.terms) / max(1, len(said.terms))
    verdict = None
    if not claims or share >= SURE:
        verdict = _beyond_words(
            text, said, found - grounds.asked, share, beside,
            # "After 45 days it isn't": what was asked is held against what is so.
            compares=bool(found & grounds.asked and found - grounds.asked),
        )  # fmt: skip
    elif share < OPEN:
        verdict = Support(share, Fault.WORDS)
    return Weighed(text, said, found - grounds.asked, share, known, beside, verdict)


def conclude(weighed: Weighed, nearest: float | None = None) -> Support:
    """Decide what the words left open, by vectors where there are any."""
    if weighed.verdict is not None:
        return weighed.verdict
    if nearest is None:
        supported = weighed.share >= (SURE + OPEN) / 2 and weighed.known >= SURE
    else:
        supported = nearest >= NEAR
    if not supported:
        return Support(weighed.share, Fault.WORDS)
    # Near as vectors are, it may be said in quite other words.
    longest = LONGEST_STRAY if nearest is None else LONGEST_STRAY + 1
    return _beyond_words(
        weighed.text, weighed.said, weighed.figures, weighed.share, weighed.beside, longest
    )


def _beyond_words(
    text: str,
    said: Said,
    found: frozenset[Figure],
    share: float,
    beside: Sequence[tuple[float, Unit]],
    longest: int = LONGEST_STRAY,
    *,
    compares: bool = False,
) -> Support:
    """The words are there: is it also said whole, of these figures, and not denied?"""
    around = [unit for each, unit in beside if each >= ALSO]
    if _claims(text, said) and _strays(figures.without(text), around, longest):
        return Support(share, Fault.WORDS)
    near = _nearest(said.terms, [unit for _, unit in beside])
    if elsewhere := _elsewhere(found, near, beside):
        return Support(share, Fault.FIGURE, elsewhere.kind)
    if not compares and polarity.contradicts(said, [unit.said for unit in near]):
        return Support(share, Fault.NEGATION)
    return Support(share)


def _claims(text: str, said: Said) -> bool:
    """Say whether a sentence says anything that could be wrong."""
    if text.endswith(("?", "？")):
        return False
    return len(said.terms) >= FEWEST_TERMS and not _OWN.match(text)


def _strays(text: str, units: Sequence[Unit], longest: int) -> bool:
    """Say whether a run of words comes from nowhere: half a sentence that nobody said."""
    known = frozenset().union(*(unit.terms for unit in units))
    run = 0
    for word in _WORD.findall(text):
        if meant := alike.terms(word):
            run = 0 if meant & known else run + 1
            if run >= longest:
                return True
    return False


def _beside(terms: frozenset[str], units: Sequence[Unit]) -> list[tuple[float, Unit]]:
    """Return the units that share words with the sentence, best first.

    Two neighbours may say together what the sentence does; each then counts with their share.
    """
    if not terms:
        return []
    found: dict[int, tuple[float, Unit]] = {}
    before: Unit | None = None
    for unit in units:
        own = len(terms & unit.terms)
        share = own / len(terms)
        if before is not None and before.place == unit.place - 1 and own:
            both = len(terms & (unit.terms | before.terms)) / len(terms)
            share = max(share, both * 0.95)
            place, other = found.get(before.place, (0.0, before))
            found[before.place] = (max(place, both * 0.95 if place else 0.0), other)
        if share:
            found[unit.place] = (share, unit)
        before = unit
    return sorted(found.values(), key=lambda each: -each[0])


def _nearest(terms: frozenset[str], units: Sequence[Unit]) -> list[Unit]:
    """Return the units that say most of it alone: those that a denial would deny."""
    shares = [(len(terms & unit.said.terms) / max(1, len(terms)), unit) for unit in units]
    best = max((share for share, _ in shares), default=0.0)
    return [unit for share, unit in shares if share and share >= best - NEAR_ENOUGH]


def _missing(found: frozenset[Figure], known: frozenset[Figure]) -> Figure | None:
    return next((each for each in sorted(found, key=str) if not _is_known(each, known)), None)


def _is_known(figure: Figure, known: frozenset[Figure]) -> bool:
    if figure in known:
        return True
    if figure.kind == "link":
        # A page of a site that the evidence names is not yet the page that it names.
        return any(
            each.kind in {"link", "email"} and _reaches(each.value, figure.value) for each in known
        )
    if figure.kind == "number":
        return any(
            each.kind == "number" and each.value == figure.value
            and (not figure.unit or not each.unit or each.unit == figure.unit)
            for each in known
        ) or Figure("time", f"{figure.value}:00") in known  # fmt: skip
    if figure.kind == "time" and figure.value.endswith(":00"):
        return Figure("number", figure.value[:-3]) in known
    return False


def _reaches(known: str, link: str) -> bool:
    return known == link or known.partition("/")[0] == link or known.partition("@")[2] == link


def _elsewhere(
    found: frozenset[Figure],
    near: Sequence[Unit],
    beside: Sequence[tuple[float, Unit]],
) -> Figure | None:
    """Return a figure that the evidence has, but not where the sentence's words are."""
    here = frozenset().union(*(unit.figures for unit in near)) if near else frozenset()
    for figure in sorted(found, key=str):
        if _is_known(figure, here):
            continue
        others = [unit for share, unit in beside if share >= ALSO and unit not in near]
        if not any(_is_known(figure, unit.figures) for unit in others) and near:
            return figure
    return None

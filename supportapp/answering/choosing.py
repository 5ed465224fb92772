"""Which units make up a quoted answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from supportapp.answering.blocks import Listing
from supportapp.answering.quoting import Kind, Scored, Source, Unit, count_words
from supportapp.retrieval import sentences

# A unit joins the answer when it scores this share of the best one's score, and when it has this
# much to do with the question by itself: where the best is poor, the next are worse.
SAME_ARTICLE, SAME_RELEVANCE = 0.68, 0.36
OTHER_ARTICLE, OTHER_RELEVANCE = 0.9, 0.6
LEAD_SHARE = 0.48
MOST_UNITS = 5
MOST_ROWS = 4
MOST_FROM_OTHERS = 1
TWIN = 0.6
_LEANS_BACK = re.compile(
    r"^(?:It|They|This|That|These|Those|But|And|So|Then|Otherwise|However|Also|Instead|Both|Either|"
    r"If (?:it|they|you do not|you don't|not)|After that|Afterwards|Once (?:it|they))\b|"
    r"^(?:但|不过|它|这|此|因此|所以|然后|否则|此外|另外)"
)


def choose(
    scored: Sequence[Scored], found: Sequence[Source], *, most_words: int
) -> tuple[Unit, ...]:
    """Pick units for one answer: the best article's first, then what others add."""
    if not scored:
        return ()
    best_article = found[scored[0].unit.evidence].evidence.article_id
    ours = [
        each for each in scored if found[each.unit.evidence].evidence.article_id == best_article
    ]
    selection = _Selection(scored, found, most_words)
    # The best unit, then the sentence that opens its article, then whatever adds to them.
    for each in sorted(ours, key=lambda each: -each.score):
        if selection.take(each.unit, must=True):
            break
    top = max(each.score for each in ours)
    for each in sorted(scored, key=lambda each: (not each.unit.lead, -each.score)):
        mine = found[each.unit.evidence].evidence.article_id == best_article
        if each.score >= top * _share(each.unit, mine) and _is_relevant(each, mine):
            selection.take(each.unit, ours=mine)
    return selection.in_order(best_article)


def _share(unit: Unit, ours: bool) -> float:
    if not ours:
        return OTHER_ARTICLE
    return LEAD_SHARE if unit.lead else SAME_ARTICLE


def _is_relevant(each: Scored, ours: bool) -> bool:
    if ours:
        return each.unit.lead or each.relevance >= SAME_RELEVANCE
    # Another article's steps belong to another errand.
    return each.unit.kind is Kind.SENTENCE and each.relevance >= OTHER_RELEVANCE


class _Selection:
    """Units chosen so far, within a number of words."""

    def __init__(self, scored: Sequence[Scored], found: Sequence[Source], most: int) -> None:
        self._by_place = {each.unit.place: each.unit for each in scored}
        self._found = found
        self._left = most
        self._others = MOST_FROM_OTHERS
        self._chosen: list[Unit] = []

    def take(self, unit: Unit, *, must: bool = False, ours: bool = True) -> bool:
        """Add a unit, with the sentence that it leans on, where there is room."""
        if len(self._chosen) >= MOST_UNITS or not (ours or self._others):
            return False
        fitting = self._fitting(unit)
        wanted = [each for each in fitting if each not in self._chosen]
        rows = sum(each.kind is Kind.ROW for each in self._chosen)
        if not wanted or (unit.kind is Kind.ROW and rows >= MOST_ROWS):
            return False
        if not must and any(self._is_twin(each) for each in wanted):
            return False
        self._chosen.extend(wanted)
        self._left -= sum(self._length(each) for each in wanted)
        self._others -= not ours
        return True

    def _fitting(self, unit: Unit) -> list[Unit]:
        """Return what has to be added for this unit, shortened if it must be; [] if too long."""
        known = [each for each in self._chosen if each.place == unit.place]
        if known:
            return []
        whole = [*self._before(unit), unit]
        if sum(self._length(each) for each in whole if each not in self._chosen) <= self._left:
            return whole
        brief = replace(unit, brief=True)
        fits = unit.kind is Kind.STEPS and self._length(brief) <= self._left
        return [brief] if fits else []

    def _length(self, unit: Unit) -> int:
        block = self._found[unit.evidence].blocks[unit.block]
        if unit.brief and isinstance(block, Listing):
            return count_words([block.lead_in, *block.brief_items])
        return sentences.count_words(unit.text)

    def _before(self, unit: Unit) -> list[Unit]:
        needed: list[Unit] = []
        while unit.kind is Kind.SENTENCE and unit.part and _LEANS_BACK.search(unit.text):
            unit = self._by_place[unit.evidence, unit.block, unit.part - 1]
            needed.insert(0, unit)
        return needed

    def _is_twin(self, unit: Unit) -> bool:
        """Nearly the same was said already."""
        if unit.kind in {Kind.ROW, Kind.ITEM}:
            return False
        mine = sentences.terms(unit.text)
        for each in self._chosen:
            theirs = sentences.terms(each.text)
            shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
            if each.kind is unit.kind and shared >= TWIN:
                return True
        return False

    def in_order(self, best_article: int) -> tuple[Unit, ...]:
        """The best article first; inside an article, as it is written."""

        def place(unit: Unit) -> tuple[int, int, int, int]:
            evidence = self._found[unit.evidence].evidence
            article = 0 if evidence.article_id == best_article else self._first(evidence.article_id)
            return (article, evidence.passage_id, unit.block, unit.part)

        return tuple(sorted(self._chosen, key=place))

    def _first(self, article: int) -> int:
        articles = [source.evidence.article_id for source in self._found]
        return 1 + articles.index(article)

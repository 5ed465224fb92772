"""The quoting answerer: an answer made of the articles' own sentences. Pure.

`units` cuts the evidence into what may be quoted, `choose` picks what answers the question,
`write` puts it together. Every quoted word is the article's; steps stay together, tables shrink
to the rows that matter, and no heading stands as a sentence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from supportapp.answering import blocks, sentences
from supportapp.answering.blocks import Block, Code, Listing, Paragraph, Table
from supportapp.retrieval.values import Evidence

# A unit joins the answer when it scores this share of the best one's score, and when it has this
# much to do with the question by itself: where the best is poor, the next are worse.
SAME_ARTICLE, SAME_RELEVANCE = 0.68, 0.36
OTHER_ARTICLE, OTHER_RELEVANCE = 0.9, 0.6
LEAD_SHARE = 0.48
MOST_UNITS = 5
MOST_ROWS = 4
MOST_FROM_OTHERS = 1
SHORT_LEAD_IN = 3
RANK_COST = 0.08
LEAD_BONUS, STEPS_BONUS = 0.12, 0.18
# How much words weigh beside vectors. In scripts without spaces small models' vectors tell little.
WORDS, WORDS_UNSPACED = 0.4, 0.75
LONGEST_LIST = 90
TWIN = 0.6
_POINTER = re.compile(
    r"^(?:See|Read|For more|More (?:on|about)|详见|请参阅|参见)\b|"
    r"^\[[^\]]+\]\([^)]+\)\s+(?:says|compares|explains|covers|has|shows)"
)
_LEANS_BACK = re.compile(
    r"^(?:It|They|This|That|These|Those|But|And|So|Then|Otherwise|However|Also|Instead|Both|Either|"
    r"If (?:it|they|you do not|you don't|not)|After that|Afterwards|Once (?:it|they))\b|"
    r"^(?:但|不过|它|这|此|因此|所以|然后|否则|此外|另外)"
)
_HOW_TO = re.compile(
    r"\b(?:how (?:do|can|to|should)|steps|set ?up|where do i)\b|怎么|如何|怎样", re.I
)


class Kind(StrEnum):
    """What a unit is."""

    SENTENCE = "sentence"
    STEPS = "steps"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that may be quoted whole: a sentence, all steps of a list, an item, a row.

    `brief` steps are quoted by the first sentence of each.
    """

    evidence: int
    block: int
    part: int
    kind: Kind
    text: str
    heading: str
    lead: bool = False
    brief: bool = False

    @property
    def place(self) -> tuple[int, int, int]:
        return (self.evidence, self.block, self.part)


@dataclass(frozen=True, slots=True)
class Source:
    """One passage with its blocks."""

    evidence: Evidence
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit, how well it answers among the others, and how near it is to the question."""

    unit: Unit
    score: float
    relevance: float

    def after(self, articles: int) -> Scored:
        """The same with so many better articles before it."""
        return replace(self, score=self.score / (1.0 + RANK_COST * articles))


def sources(evidence: Sequence[Evidence], language: str) -> tuple[Source, ...]:
    """Read the passages: article by article, best first; those in the question's language before
    others, where there are any."""
    spoken = [each for each in evidence if _speaks(each, language)]
    others = [each for each in evidence if each not in spoken]
    ordered = [*spoken, *others] if spoken else list(evidence)
    articles = list(dict.fromkeys(each.article_id for each in ordered))
    ordered.sort(key=lambda each: articles.index(each.article_id))
    return tuple(Source(each, blocks.parse(each.text)) for each in ordered)


def _speaks(evidence: Evidence, language: str) -> bool:
    return (sentences.language_of(evidence.text) or "en") == _script(language)


def _script(language: str) -> str:
    code = language.lower().split("-")[0]
    return code if code in {"zh", "ja", "ko"} else "en"


def units(found: Sequence[Source]) -> tuple[Unit, ...]:
    """Cut the passages into units."""
    cut: list[Unit] = []
    firsts = _first_passages(found)
    for place, source in enumerate(found):
        for number, block in enumerate(source.blocks):
            heading = block.heading or (source.evidence.headings or ("",))[-1]
            opening = place in firsts and number == 0
            cut.extend(
                Unit(place, number, part, kind, text, heading, opening and part == 0)
                for part, kind, text in _cut(block)
            )
    return tuple(cut)


def _first_passages(found: Sequence[Source]) -> set[int]:
    """Places of the passages that open their article: the earliest one without a heading path."""
    earliest: dict[int, int] = {}
    for place, source in enumerate(found):
        evidence = source.evidence
        if evidence.headings:
            continue
        known = earliest.get(evidence.article_id)
        if known is None or evidence.passage_id < found[known].evidence.passage_id:
            earliest[evidence.article_id] = place
    return set(earliest.values())


def _cut(block: Block) -> list[tuple[int, Kind, str]]:
    match block:
        case Paragraph():
            return [(i, Kind.SENTENCE, text) for i, text in enumerate(block.sentences)]
        case Listing() if block.ordered or _words(block.items) <= LONGEST_LIST:
            return [(0, Kind.STEPS, "\n".join([block.lead_in, *block.items]))]
        case Listing():
            return [(i, Kind.ITEM, f"{block.lead_in} {text}") for i, text in enumerate(block.items)]
        case Table():
            return [(i, Kind.ROW, _row_text(block, row)) for i, row in enumerate(block.rows)]
        case Code():
            return [(0, Kind.CODE, block.text)] if block.lead_in else []


def _words(texts: Sequence[str]) -> int:
    return sum(sentences.count_words(text) for text in texts)


def _row_text(table: Table, row: Sequence[str]) -> str:
    pairs = zip(table.header, row, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def texts(cut: Sequence[Unit]) -> tuple[str, ...]:
    """Return what the units say, for comparison with the question."""
    return tuple(sentences.plain(unit.text).replace("\n", " ") for unit in cut)


def score(
    question: str, cut: Sequence[Unit], found: Sequence[Source], nearness: Sequence[float]
) -> tuple[Scored, ...]:
    """Score each unit; `nearness` is empty where there are no vectors."""
    question_terms = sentences.terms(question)
    held = [sentences.terms(text) for text in texts(cut)]
    rarity = _rarity(question_terms, held)
    how_to = bool(_HOW_TO.search(question))
    share = WORDS_UNSPACED if sentences.language_of(question) else WORDS
    near = nearness or [0.0] * len(cut)
    ranks = _article_ranks(found)
    return tuple(
        _scored(
            unit, found[unit.evidence], _covered(rarity, terms), close, rarity, how_to, share
        ).after(ranks[found[unit.evidence].evidence.article_id])
        for unit, terms, close in zip(cut, held, near, strict=True)
    )


def _article_ranks(found: Sequence[Source]) -> dict[int, int]:
    articles = dict.fromkeys(source.evidence.article_id for source in found)
    return {article: rank for rank, article in enumerate(articles)}


def _covered(rarity: dict[str, float], held: frozenset[str]) -> float:
    """The share of the question's words that a text holds; rare words count more."""
    whole = sum(rarity.values())
    return sum(value for term, value in rarity.items() if term in held) / whole if whole else 0.0


def _scored(
    unit: Unit,
    source: Source,
    words: float,
    close: float,
    rarity: dict[str, float],
    how_to: bool,
    share: float,
) -> Scored:
    heading = _covered(rarity, sentences.terms(unit.heading))
    value = share * words + (1 - share) * max(close, 0.0) + 0.2 * heading
    value += LEAD_BONUS if unit.lead else 0.0
    value += (
        STEPS_BONUS if how_to and unit.kind is Kind.STEPS and _is_ordered(unit, source) else 0.0
    )
    if _POINTER.search(unit.text) or _hangs(unit, source):
        value *= 0.5
    return Scored(unit, value, max(words, close) if share == WORDS else words)


def _hangs(unit: Unit, source: Source) -> bool:
    """A list after two or three words ("Even so:") is about what stood before them."""
    block = source.blocks[unit.block]
    lead_in = "" if isinstance(block, Paragraph) else block.lead_in
    return 0 < sentences.count_words(lead_in) <= SHORT_LEAD_IN


def _is_ordered(unit: Unit, source: Source) -> bool:
    block = source.blocks[unit.block]
    return isinstance(block, Listing) and block.ordered


def _rarity(wanted: frozenset[str], held: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(term for terms in held for term in terms & wanted)
    return {term: math.log(1 + len(held) / (1 + counts[term])) for term in wanted}


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
            return _words([block.lead_in, *block.brief_items])
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

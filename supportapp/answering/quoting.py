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
from dataclasses import dataclass
from enum import StrEnum

from supportapp.answering import blocks, sentences
from supportapp.answering.blocks import Block, Code, Listing, Paragraph, Table
from supportapp.retrieval.values import Evidence

# A unit joins the answer when it scores this share of the best one's score.
SAME_ARTICLE = 0.62
OTHER_ARTICLE = 0.85
LEAD_SHARE = 0.45
MOST_UNITS = 6
MOST_ROWS = 4
LONGEST_LIST = 90
LONGEST_LEAD = 1.25
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
    """Something that may be quoted whole: a sentence, all steps of a list, an item, a row."""

    evidence: int
    block: int
    part: int
    kind: Kind
    text: str
    heading: str
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One passage with its blocks."""

    evidence: Evidence
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit and how well it answers."""

    unit: Unit
    score: float


def sources(evidence: Sequence[Evidence], language: str) -> tuple[Source, ...]:
    """Read the passages; those in the question's language first, where there are any."""
    spoken = [each for each in evidence if _speaks(each, language)]
    others = [each for each in evidence if each not in spoken]
    ordered = [*spoken, *others] if spoken else list(evidence)
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
    wanted = sentences.terms(question)
    held = [sentences.terms(text) for text in texts(cut)]
    rarity = _rarity(wanted, held)
    how_to = bool(_HOW_TO.search(question))
    near = nearness or [0.0] * len(cut)
    return tuple(
        Scored(unit, _score(unit, found[unit.evidence], wanted, terms, rarity, close, how_to))
        for unit, terms, close in zip(cut, held, near, strict=True)
    )


def _score(
    unit: Unit,
    source: Source,
    wanted: frozenset[str],
    held: frozenset[str],
    rarity: dict[str, float],
    close: float,
    how_to: bool,
) -> float:
    whole = sum(rarity.values()) or 1.0
    words = sum(rarity[term] for term in wanted & held) / whole
    heading = sum(rarity[term] for term in wanted & sentences.terms(unit.heading)) / whole
    value = 0.4 * words + 0.6 * max(close, 0.0) + 0.2 * heading
    value += 0.12 if unit.lead else 0.0
    value += 0.18 if how_to and unit.kind is Kind.STEPS and _is_ordered(unit, source) else 0.0
    if _POINTER.search(unit.text):
        value *= 0.5
    return value / (1.0 + 0.08 * unit.evidence)


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
    best_article = found[0].evidence.article_id
    ours = [
        each for each in scored if found[each.unit.evidence].evidence.article_id == best_article
    ]
    short = [each for each in ours if _words([each.unit.text]) <= LONGEST_LEAD * most_words]
    top = max(short or ours or scored, key=lambda each: each.score)
    selection = _Selection(scored, found, most_words)
    selection.take(top.unit, must=True)
    for each in sorted(scored, key=lambda each: -each.score):
        if each.score >= top.score * _share(each.unit, found, best_article):
            selection.take(each.unit)
    return selection.in_order(best_article)


def _share(unit: Unit, found: Sequence[Source], best_article: int) -> float:
    if found[unit.evidence].evidence.article_id != best_article:
        return OTHER_ARTICLE
    return LEAD_SHARE if unit.lead else SAME_ARTICLE


class _Selection:
    """Units chosen so far, within a number of words."""

    def __init__(self, scored: Sequence[Scored], found: Sequence[Source], most: int) -> None:
        self._by_place = {
            (each.unit.evidence, each.unit.block, each.unit.part): each.unit for each in scored
        }
        self._found = found
        self._left = most
        self._chosen: list[Unit] = []

    def take(self, unit: Unit, *, must: bool = False) -> None:
        """Add a unit, with the sentence that it leans on, where there is room."""
        if unit in self._chosen or len(self._chosen) >= MOST_UNITS:
            return
        wanted = [each for each in [*self._before(unit), unit] if each not in self._chosen]
        words = _words([each.text for each in wanted])
        rows = sum(each.kind is Kind.ROW for each in self._chosen)
        full = words > self._left or (unit.kind is Kind.ROW and rows >= MOST_ROWS)
        if not must and (full or any(self._is_twin(each) for each in wanted)):
            return
        self._chosen.extend(wanted)
        self._left -= words

    def _before(self, unit: Unit) -> list[Unit]:
        needed: list[Unit] = []
        while unit.kind is Kind.SENTENCE and unit.part and _LEANS_BACK.search(unit.text):
            unit = self._by_place[unit.evidence, unit.block, unit.part - 1]
            needed.insert(0, unit)
        return needed

    def _is_twin(self, unit: Unit) -> bool:
        """Nearly the same was said already."""
        mine = sentences.terms(unit.text)
        for each in self._chosen:
            theirs = sentences.terms(each.text)
            if len(mine & theirs) >= TWIN * max(1, min(len(mine), len(theirs))):
                return each.kind is unit.kind
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

"""The quoting answerer: an answer made of the articles' own sentences. Pure.

`units` cuts the evidence into what may be quoted and `score` says how well each answers; then
`choosing` picks and `composing` puts it together. Every quoted word is the article's; steps stay
together, tables shrink to the rows that matter, and no heading stands as a sentence.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from supportapp.answering import blocks
from supportapp.answering.blocks import Block, Code, Listing, Paragraph, Table
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence

SHORT_LEAD_IN = 3
RANK_COST = 0.08
LEAD_BONUS, STEPS_BONUS = 0.12, 0.18
# How much words weigh beside vectors. In scripts without spaces small models' vectors tell little.
WORDS, WORDS_UNSPACED = 0.4, 0.75
LONGEST_LIST = 90
_POINTER = re.compile(
    r"^(?:See|Read|For more|More (?:on|about)|详见|请参阅|参见)\b|"
    r"^\[[^\]]+\]\([^)]+\)\s+(?:says|compares|explains|covers|has|shows)|"
    # What an article is about says nothing yet.
    r"^(?:Learn|Find out) (?:how|what|where|when|which|why|about|more)\b|"
    r"^(?:In )?[Tt]his (?:article|page|guide|section)(?:,| (?:explains|describes|shows|covers))"
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
        case Listing() if block.ordered or count_words(block.items) <= LONGEST_LIST:
            return [(0, Kind.STEPS, "\n".join([block.lead_in, *block.items]))]
        case Listing():
            return [(i, Kind.ITEM, f"{block.lead_in} {text}") for i, text in enumerate(block.items)]
        case Table():
            return [(i, Kind.ROW, _row_text(block, row)) for i, row in enumerate(block.rows)]
        case Code():
            return [(0, Kind.CODE, block.text)] if block.lead_in else []


def count_words(texts: Sequence[str]) -> int:
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

"""What an X-ray shows of one search. Pure values: pages, the terminal and JSON draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportapp.retrieval.marking import Piece


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in one list, from 1, and the score there; no place where it isn't listed."""

    rank: int | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """A share of a sum that has a name."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage as staff recognise it."""

    passage_id: int
    article_id: int
    slug: str
    title: str
    headings: tuple[str, ...]
    audience: str
    language: str

    @property
    def path(self) -> str:
        """Return the title and headings that lead to the passage."""
        return " › ".join((self.title, *self.headings))


@dataclass(frozen=True, slots=True)
class Row:
    """A passage with its place in every list, and why it stands there.

    `parts` add up to the fused score, `matched` to the keyword score.
    """

    place: int
    seen: Seen
    keyword: Standing
    vector: Standing
    fused_score: float
    rerank: Standing
    parts: tuple[Part, ...]
    matched: tuple[Part, ...]
    missed: tuple[str, ...]
    evidence: int | None
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    names: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class AskedTerm:
    """A term of the question: how much it weighs there, and how rare it is (idf)."""

    term: str
    weight: float
    idf: float
    is_synonym: bool
    shown_in: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """A passage that staff would be shown, at this place, and this audience isn't."""

    place: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class Clue:
    """What confidence rests on: a number, its weight, and what both add to the odds."""

    name: str
    value: float
    weight: float

    @property
    def adds(self) -> float:
        """Return what the clue adds to the log odds."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure the search is, and what that was worked out from."""

    confidence: float
    constant: float
    clues: tuple[Clue, ...]
    # What the workspace's calibration asks for; none where it has none.
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A turn before the question: how much its words weigh, and it as the opening one."""

    speaker: str
    text: str
    words_weight: float
    vector_weight: float


@dataclass(frozen=True, slots=True)
class Xray:
    """One search, explained by the numbers that it ranked with."""

    question: str
    # With misspelt words put right; empty where none were.
    read_as: str
    rows: tuple[Row, ...]
    candidates: int
    terms: tuple[AskedTerm, ...]
    hidden: tuple[Hidden, ...]
    hidden_by_audience: Mapping[str, int]
    sureness: Sureness
    subjects: tuple[Part, ...]
    said: tuple[Said, ...]
    milliseconds: Mapping[str, float]
    generation: int
    degraded: frozenset[str]

    @property
    def is_reranked(self) -> bool:
        """Say whether a reranker read the best passages."""
        return any(row.rerank.rank is not None for row in self.rows)

    @property
    def evidence(self) -> tuple[Row, ...]:
        """Return the rows that an answer may rest on."""
        return tuple(row for row in self.rows if row.evidence is not None)

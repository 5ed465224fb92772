"""What the memory is asked and what it gives. Pure: no Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from supportapp.retrieval.values import Scope


@dataclass(frozen=True, slots=True)
class MemoryQuery:
    """A question that stands alone, who may read what, and what would answer it now.

    `recipe` names prompt, model and numbers: answers made otherwise aren't served.
    """

    question: str
    scope: Scope
    language: str
    recipe: str


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """A passage that the answer cites, live and readable as of the look-up."""

    number: int
    passage_id: int
    revision_id: int
    article_id: int
    slug: str
    title: str
    headings: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer given before, and how sure it is that it answers this question too."""

    id: int
    question: str
    answer: str
    kind: str
    model: str
    sources: tuple[RememberedSource, ...]
    suggestions: tuple[str, ...]
    is_approved: bool
    likeness: float
    cosine: float
    threshold: float
    agreement: float
    generation: int
    approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """Why nothing was served; `likeness` is that of the best that was there."""

    reason: str
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage that the answer's writer had before it; cited ones have a number."""

    passage_id: int
    number: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class ToRemember:
    """An answer that may be remembered, with what it rests on."""

    query: MemoryQuery
    answer: str
    kind: str
    model: str
    prompt: str
    passages: tuple[ReadPassage, ...]
    generation: int
    confidence: float
    milliseconds: float
    suggestions: tuple[str, ...] = ()
    turn: UUID | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's word that this is the answer to this question."""

    question: str
    answer: str
    scope: Scope
    language: str
    passages: tuple[ReadPassage, ...] = field(default=())
    kind: str = "generated"
    turn: UUID | None = None
    review_by: date | None = None


Find = Callable[[MemoryQuery], Awaitable[Remembered | Miss]]
Keep = Callable[[ToRemember], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Memory:
    """A workspace's memory, as the pipeline uses it. `keep` returns what it is kept under.

    `recipe` names what would answer now; without one, only what people approved is served.
    """

    recipe: str
    find: Find
    keep: Keep

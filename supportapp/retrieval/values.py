"""What goes into a search and what comes out. Pure, so that pipelines run without Django.

A Candidate has been proposed by an index. It becomes Evidence only after the database has
confirmed that it is live, in the scope's workspace and for its audiences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

VECTORS = "vectors"
RERANK = "rerank"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose articles may be searched, and for which audiences. There is no search without one."""

    workspace_id: int
    audiences: frozenset[str]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the customer (U) or the assistant (S) said earlier."""

    speaker: Literal["U", "S"]
    text: str


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The question, and the conversation before it, oldest first."""

    text: str
    context: tuple[Utterance, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is looked at and how much is handed on.

    `corrections`: how many misspelt words of a question are put right at most; 0: none ever.
    `lines`: of how many of the best passages the single lines are looked at.
    """

    candidates: int = 100
    focus: int = 200
    turns: int = 8
    evidence: int = 6
    per_article: int = 2
    exact_up_to: int = 3000
    corrections: int = 3
    lines: int = 40


class Candidate(NamedTuple):
    """A passage and where it stood in each list. Ranks start at 1; none means not listed.

    `rerank_rank` is its final place where a reranker read it. A search makes hundreds of these,
    and a dataclass that is frozen takes several times as long to make.
    """

    passage_id: int
    keyword_rank: int | None
    keyword_score: float
    vector_rank: int | None
    vector_score: float | None
    focus: float
    fused_score: float
    rerank_rank: int | None = None
    rerank_score: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that this scope may read, numbered for citation."""

    number: int
    passage_id: int
    revision_id: int
    article_id: int
    slug: str
    title: str
    headings: tuple[str, ...]
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Clues:
    """What is cheap to know about a search once it is done; confidence rests on it.

    cosine: of the question and the best passage. coverage: the largest share, by weight, of the
    question's words that one of the best passages holds. missing: the weight of the rarest word
    that none of the very best holds. strength: the best keyword score for each unit of the
    question's weight. margin: how far the best passage is ahead of the sixth. doubt: how evenly
    the best scores are spread, as entropy. words: how the question is said (speech.words), which
    counts only where a workspace's labels taught what it means there. unspaced: the share of the
    question that is written without spaces, where the other clues mean something else.
    """

    cosine: float = 0.0
    coverage: float = 0.0
    missing: float = 0.0
    strength: float = 0.0
    margin: float = 0.0
    doubt: float = 0.0
    words: frozenset[str] = frozenset()
    unspaced: float = 0.0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, how sure we are that it holds the answer, and what it took.

    `threshold` is the confidence that the workspace's calibration asks for; None without one.
    """

    evidence: tuple[Evidence, ...]
    candidates: tuple[Candidate, ...]
    confidence: float
    generation: int
    milliseconds: dict[str, float] = field(default_factory=dict)
    degraded: frozenset[str] = frozenset()
    clues: Clues = Clues()
    # The question as it was searched, where misspelt words were put right.
    read_as: str = ""
    threshold: float | None = None

    def is_sure(self, otherwise: float) -> bool:
        """Return whether it may be answered from; `otherwise` counts without a calibration."""
        needed = otherwise if self.threshold is None else self.threshold
        return bool(self.evidence) and self.confidence >= needed

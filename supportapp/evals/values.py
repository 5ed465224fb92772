"""An answer as it is scored, what is known of its example, and a score. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from supportapp.answering.values import CitedPassage
from supportapp.retrieval.values import Evidence

ANSWERED, NO_EVIDENCE = "answered", "no_evidence"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one question, with what it rests on and what it took.

    `ranked` are the slugs of the articles that the search proposed, best first. `receipt` is the
    pipeline's own. `error` names why there is no answer.
    """

    text: str
    outcome: str
    kind: str = ""
    citations: tuple[CitedPassage, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    ranked: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    milliseconds: float = 0.0
    first_token_ms: float | None = None
    generation: int = 0
    receipt: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def is_answer(self) -> bool:
        """Say whether the question was answered, rather than declined."""
        return self.outcome == ANSWERED and not self.error


@dataclass(frozen=True, slots=True)
class Score:
    """What one scorer says: a value, where it has something to say, and why.

    From 0 to 1, more is better, but for scorers that count something (`scorers.SCORERS` says
    which). `label` is a judge's own word for it.
    """

    value: float | None
    note: str = ""
    label: str = ""

    def noted(self) -> dict[str, Any]:
        """Return it as results keep it."""
        kept: dict[str, Any] = {"value": self.value, "note": self.note}
        return kept | {"label": self.label} if self.label else kept


SAYS_NOTHING = Score(None)


class Known(Protocol):
    """What is known of a question's right answer. An Example is one."""

    @property
    def question(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def expected(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def must_say(self) -> Sequence[str]: ...
    @property
    def must_not_say(self) -> Sequence[str]: ...
    @property
    def articles(self) -> Sequence[str]: ...
    @property
    def assertions(self) -> Sequence[Mapping[str, Any]]: ...

"""What holds for one workspace: the guards that are on, its rules, its own addresses. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from supportapp.guardrails.catalogue import NAMES
from supportapp.guardrails.rules import Rule

SENTENCE_BY_SENTENCE = frozenset(
    {"support", "figures", "links", "negation", "others_data", "promises", "tone", "format",
     "compliance"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guards:
    """`languages` are those of the workspace's articles; none: unknown, so none is refused.

    `own` are the company's addresses, in small letters. `marks`: what isn't supported is shown
    with a mark and not held back.
    """

    on: frozenset[str] = NAMES
    rules: tuple[Rule, ...] = ()
    languages: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    marks: bool = False

    def has(self, name: str) -> bool:
        """Say whether a guard is on."""
        return name in self.on

    @property
    def reads_sentences(self) -> bool:
        """Say whether an answer must be held until each sentence is whole."""
        return bool(self.on & SENTENCE_BY_SENTENCE)


EVERY = Guards()

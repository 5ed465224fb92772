"""How a question is said, whatever it is about: the forms by which two sets are compared. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from supportapp.retrieval import sentences

_ASKS = re.compile(
    r"[?？]\s*$|^\s*(?:how|what|when|where|who|why|which|can|could|do|does|did|is|are|may|will|"
    r"would|should)\b|[吗呢么]\s*$|^\s*(?:怎么|如何|什么|为什么|哪)",
    re.IGNORECASE,
)
FEW_WORDS = 3
LABELS: Mapping[str, str] = {
    "keywords": "A few words only",
    "no_question": "Said as a statement, not as a question",
    "several": "Several sentences",
    "digits": "With a number in it",
    "lower": "Without any capital letter",
    "follows": "Follows other questions",
    "other_language": "In a script other than Latin",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A question as it is compared."""

    text: str
    follows: bool = False

    @property
    def words(self) -> int:
        return sentences.count_words(self.text)

    def forms(self) -> frozenset[str]:
        """Return the names of the forms that it has."""
        text = self.text.strip()
        has = {
            "keywords": self.words <= FEW_WORDS,
            "no_question": not _ASKS.search(text),
            "several": len(sentences.split(text)) > 1,
            "digits": any(character.isdigit() for character in text),
            "lower": text == text.lower() and any(character.islower() for character in text),
            "follows": self.follows,
            "other_language": sentences.language_of(text) is not None,
        }
        return frozenset(name for name, is_so in has.items() if is_so)


def counts(questions: Iterable[Said]) -> dict[str, int]:
    """Return how many of the questions have each form."""
    found = dict.fromkeys(LABELS, 0)
    for each in questions:
        for name in each.forms():
            found[name] += 1
    return found

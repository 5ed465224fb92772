"""A group's name: its most typical question without personal data, and its telling words. Pure.

Words come by class-based TF-IDF: frequent in the group, rare in the others. No name may tell who
asked: what has the shape of personal data is hidden, and a question whose words no dictionary, no
article and no second customer has used names nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from supportapp.guardrails import personal
from supportapp.retrieval import sentences
from supportapp.retrieval.analysis import analyser

LONGEST = 110
FEWEST_WORDS, MOST_WORDS = 3, 18
TELLING = 5
LONGEST_SHORT_NAME = 5
NAMELESS = "Questions without a name yet"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PLACEHOLDER = re.compile(r"\[[A-Z]+_\d+\]")
_DIGITS = re.compile(r"\d{3,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and who asked it."""

    text: str
    customer: object


@dataclass(frozen=True, slots=True)
class Known:
    """Whose a word is: everybody's, by the dictionary, or the company's, by its articles."""

    is_word: Callable[[str], bool]
    written: Collection[str] = frozenset()

    def is_common(self, word: str, *, is_shared: bool, is_name_like: bool) -> bool:
        """Say whether a word can't tell who wrote it."""
        if is_shared or word in self.written:
            return True
        parts = re.split(r"['’]", word)
        return not is_name_like and all(self.is_word(part) for part in parts if part)


def name(questions: Sequence[Asked], words: Sequence[str], known: Known) -> str:
    """Return the first question, of those given most typical first, that may name the group."""
    used = _customers_by_word(questions)
    shared = {word for word, customers in used.items() if len(customers) > 1}
    fit = (_tidied(each.text) for each in questions)
    for text in sorted(fit, key=lambda text: not _is_handy(text)):
        if text and is_safe(text, known, shared):
            return text
    return " · ".join(words[:3]).capitalize() if words else NAMELESS


def is_safe(text: str, known: Known, shared: Collection[str] = frozenset()) -> bool:
    """Say whether nothing in a text can be somebody's: every word of it is a common one.

    A capital inside a sentence makes a word look like a name, unless it is short and all capitals.
    """
    if personal.find(text) or _PLACEHOLDER.search(text) or _DIGITS.search(text):
        return False
    for match in _WORD.finditer(text):
        word = match[0]
        if _UNSPACED.search(word):
            continue
        before = text[: match.start()].rstrip('"“‘( ')
        begins = not before or before[-1] in ".!?:"
        is_short_name = word.isupper() and len(word) <= LONGEST_SHORT_NAME
        like_a_name = word[0].isupper() and not begins and not is_short_name
        like_a_name = like_a_name and not word.startswith(("I'", "I’"))
        if not known.is_common(
            word.lower(), is_shared=word.lower() in shared, is_name_like=like_a_name
        ):
            return False
    return True


def telling_words(
    groups: Mapping[int, Sequence[Asked]], wanted: Collection[int], known: Known
) -> dict[int, list[str]]:
    """Return each wanted group's most telling words, as customers wrote them."""
    counts: dict[int, Counter[str]] = {}
    spelt: dict[str, Counter[str]] = {}
    customers: dict[str, set[object]] = {}
    for key, questions in groups.items():
        counts[key] = Counter()
        for each in questions:
            for term, written in _terms(each.text):
                counts[key][term] += 1
                spelt.setdefault(term, Counter())[written] += 1
                customers.setdefault(term, set()).add(each.customer)
    everywhere = sum(counts.values(), Counter[str]())
    average = sum(everywhere.values()) / max(1, len(groups))

    def weight(key: int, term: str) -> float:
        share = counts[key][term] / max(1, counts[key].total())
        return share * math.log1p(average / everywhere[term])

    def may_stand(term: str) -> bool:
        written = spelt[term].most_common(1)[0][0]
        return known.is_common(written, is_shared=len(customers[term]) > 1, is_name_like=False)

    return {
        key: [
            spelt[term].most_common(1)[0][0]
            for term in sorted(counts[key], key=lambda term: (-weight(key, term), term))
            if may_stand(term)
        ][:TELLING]
        for key in wanted
        if key in counts
    }


def _tidied(text: str) -> str:
    """Return a question on one line, its personal data hidden; empty where it is too long."""
    line = " ".join(personal.masked(text).split())
    return line[:1].upper() + line[1:] if len(line) <= LONGEST else ""


def _is_handy(text: str) -> bool:
    return FEWEST_WORDS <= sentences.count_words(text) <= MOST_WORDS


def _customers_by_word(questions: Sequence[Asked]) -> dict[str, set[object]]:
    used: dict[str, set[object]] = {}
    for each in questions:
        for word in _WORD.findall(each.text):
            used.setdefault(word.lower(), set()).add(each.customer)
    return used


def _terms(text: str) -> list[tuple[str, str]]:
    """Return a question's words of meaning, stemmed and as written, each once."""
    masked = _PLACEHOLDER.sub(" ", personal.masked(text))
    language = sentences.language_of(masked) or "en"
    found: dict[str, str] = {}
    if language != "en":
        return [(term, term) for term in analyser(language).words(masked) if len(term) > 1]
    for word in _WORD.findall(masked):
        for term in sentences.terms(word):
            if len(word) > 2:
                found.setdefault(term, word.lower())
    return list(found.items())

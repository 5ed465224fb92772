"""Compliance rules: what an answer about something must add, and what no answer may say. Pure.

Staff write them for their workspace; nothing here is built in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class RuleKind(StrEnum):
    """What a rule demands."""

    DISCLAIMER = "disclaimer"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a workspace.

    A disclaimer's `text` is added to answers that it applies to: by their `words`, or by the
    `tags` and `subjects` of the articles that they cite; without any of these, to every answer.
    A forbidden claim is named by its `words`: no sentence with one of them is shown.
    """

    number: int
    kind: RuleKind
    name: str
    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """Tags and subject of an article, as staff set them."""

    tags: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the rules make of one text."""

    forbidden: tuple[Rule, ...]
    disclaimers: tuple[Rule, ...]


def forbids(rules: Sequence[Rule], sentence: str) -> Rule | None:
    """Return the first rule that forbids a sentence."""
    for rule in rules:
        if rule.kind is RuleKind.FORBIDDEN and _says(rule.words, sentence):
            return rule
    return None


def disclaimers(rules: Sequence[Rule], text: str, labels: Sequence[Labels]) -> tuple[Rule, ...]:
    """Return the rules whose text an answer must carry and doesn't yet."""
    return tuple(
        rule
        for rule in rules
        if rule.kind is RuleKind.DISCLAIMER
        and _applies(rule, text, labels)
        and " ".join(rule.text.split()).lower() not in " ".join(text.split()).lower()
    )


def with_disclaimers(text: str, wanted: Sequence[Rule]) -> str:
    """Return the answer with what must stand below it."""
    return "\n\n".join([text, *(rule.text.strip() for rule in wanted)])


def attempt(rules: Sequence[Rule], text: str, labels: Sequence[Labels] = ()) -> Tried:
    """Say what the rules would do with a text, for those who write them."""
    forbidden = tuple(
        rule for rule in rules if rule.kind is RuleKind.FORBIDDEN and _says(rule.words, text)
    )
    return Tried(forbidden, disclaimers(rules, text, labels))


def _applies(rule: Rule, text: str, labels: Sequence[Labels]) -> bool:
    if not rule.words and not rule.tags and not rule.subjects:
        return True
    if rule.words and _says(rule.words, text):
        return True
    tags = {tag.casefold() for tag in rule.tags}
    subjects = {subject.casefold() for subject in rule.subjects}
    return any(
        tags & {tag.casefold() for tag in each.tags} or each.subject.casefold() in subjects
        for each in labels
    )


def _says(words: tuple[str, ...], text: str) -> bool:
    plain = re.sub(r"[*_`]", "", text)
    return any(_pattern(word).search(plain) for word in words)


@lru_cache(maxsize=1024)
def _pattern(words: str) -> re.Pattern[str]:
    """A star stands for the rest of a word; blanks for any."""
    parts = [re.escape(part).replace(r"\*", r"\w*") for part in words.split()]
    joined = r"\W+".join(parts)
    start = r"\b" if words[:1].isalnum() and words[:1] < "\u2e80" else ""
    end = r"\b" if words[-1:].isalnum() and words[-1:] < "\u2e80" else ""
    return re.compile(f"{start}{joined}{end}", re.IGNORECASE)

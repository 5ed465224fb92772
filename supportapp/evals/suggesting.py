"""Assertions proposed for an example, from its question, the expert's answer and its articles.

Proposals, never more: each is a demand that a person takes over or leaves. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from supportapp.evals.scorers import assertions, wordings
from supportapp.evals.values import ANSWERED, NO_EVIDENCE, Known
from supportapp.guardrails import figures
from supportapp.retrieval import sentences

FEWEST = 3
MOST_FIGURES = 3
LEAST_WORDS, ROOM = 25, 2.5
USUAL_WORDS = 150
_STEPS = re.compile(r"^\s*\d{1,3}[.)]\s", re.MULTILINE)
_BOLD = re.compile(r"\*\*([^*\n]{3,60})\*\*")
_NAMED = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-Z][\w-]+(?: (?:›|>|&) [A-Z][\w-]+| [A-Z][\w-]+)*")
_HOW = re.compile(r"^\s*(?:how (?:do|can|to)|what are the steps)", re.IGNORECASE)
_FIGURE = re.compile(
    r"[$€£]\s?\d[\d.,]*\d|[$€£]\s?\d|\b\d[\d.,]*(?:\s?(?:%|days?|hours?|minutes?|months?|weeks?|"
    r"years?|MB|GB|characters?|people|times|€|EUR|USD))|\d+\s?(?:天|小时|分钟|个月|年|个工作日)"
)


def suggest(known: Known, bodies: Mapping[str, str] = {}) -> list[dict[str, Any]]:
    """Return at least three assertions that the example doesn't make yet, the surest first.

    `bodies` are the texts of its articles, by slug: what they say too is surer.
    """
    made = {_text(each) for each in assertions.all_of(known)}
    proposed = _declining(known) if known.outcome == NO_EVIDENCE else _answering(known, bodies)
    fresh = [each for each in proposed if _text(assertions.parse(each)) not in made]
    return list({_text(assertions.parse(each)): each for each in fresh}.values())


def _answering(known: Known, bodies: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"kind": "cites", "article": slug} for slug in known.articles[:1]
    ]
    found += [{"kind": "says", "any": [each]} for each in _facts(known, bodies)]
    if _STEPS.search(known.expected) or (_HOW.match(known.question) and _in_steps(bodies)):
        found.append({"kind": "format", "value": "steps"})
    words = sentences.count_words(known.expected)
    most = max(LEAST_WORDS, round(words * ROOM)) if words else USUAL_WORDS
    language = sentences.language_of(known.question) or "en"
    return [
        *found,
        {"kind": "outcome", "value": ANSWERED},
        {"kind": "citations", "least": 1},
        {"kind": "words", "most": most},
        {"kind": "language", "value": language},
        {"kind": "says_not", "any": ["I don't know", "I'm not sure"]},
    ]


def _declining(known: Known) -> list[dict[str, Any]]:
    language = sentences.language_of(known.question) or "en"
    return [
        {"kind": "outcome", "value": NO_EVIDENCE},
        {"kind": "citations", "least": 0, "most": 0},
        {"kind": "language", "value": language},
        {"kind": "words", "most": 80},
    ]


def _facts(known: Known, bodies: Mapping[str, str]) -> list[str]:
    """Return what the answer stands or falls with: figures, names in bold, names of places."""
    said = sentences.plain(known.expected)
    places = [match[0] for match in _NAMED.finditer(said) if len(match[0]) > 3]
    bold = [match[1].strip() for match in _BOLD.finditer(known.expected)]
    figures_ = [match[0].strip() for match in _FIGURE.finditer(said)]
    known_to_articles = wordings.bare(" ".join(bodies.values()))
    facts = list(dict.fromkeys([*figures_[:MOST_FIGURES], *bold[:2], *places[:2]]))
    if not facts:
        facts = _from_articles(known, bodies)
    # What no article says may be the expert's own; it comes last.
    facts.sort(key=lambda fact: bool(bodies) and not wordings.times(known_to_articles, fact))
    return facts[:4]


def _from_articles(known: Known, bodies: Mapping[str, str]) -> list[str]:
    """Without an expert's answer: figures of the article's sentence that is nearest by words."""
    asked = sentences.terms(known.question, known.language)
    lines: Sequence[str] = [
        sentence
        for body in bodies.values()
        for line in body.splitlines()
        for sentence in sentences.split(line)
        if figures.find(sentence)
    ]
    best = max(lines, key=lambda line: len(asked & sentences.terms(line)), default="")
    return [match[0].strip() for match in _FIGURE.finditer(sentences.plain(best))][:1]


def _in_steps(bodies: Mapping[str, str]) -> bool:
    return any(_STEPS.search(body) for body in bodies.values())


def _text(assertion: assertions.Kinds) -> str:
    return assertion.model_dump_json()

"""Whether a text that a model wrote may stand for a customer's question in the search. Pure.

A rewritten question says what the conversation says, and keeps what the customer asked. Each check
names what is wrong, for the receipt; where several are, the first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from supportapp.answering.values import Question
from supportapp.guardrails import entrance
from supportapp.retrieval import sentences

LONGEST_ADDITION = 240
# People who rewrote 137 questions by hand kept a quarter of the words in all but one of them, and
# took a quarter of theirs from the conversation in all but two.
LEAST_KEPT = 0.25
LEAST_SAID = 0.25

_LABEL = re.compile(
    r"(?:(?:the )?(?:rewritten|stand-?alone|follow-?up)? ?(?:question|message|query)|reply|"
    r"改写后的问题|独立问题|问题)\s*[:：]\s*",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "“": "”", "«": "»", "「": "」", "`": "`"}
_MARKS = re.compile(r"[<>`*#|~{}\[\]]|^[-+] ")
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._%+@:/#-]*[A-Za-z0-9])?")
_CODE = re.compile(r"[0-9@_]|://")
_ASKS = re.compile(r"[?？]")
_ANSWERS = re.compile(
    r"(?:yes|no|sure|okay|certainly|absolutely|unfortunately|of course|sorry)[,.!:]|"
    r"i(?:'|’)?(?: a)?m (?:sorry|unable|an ai\b)|as an ai\b|here(?:'|’)?(?: i)?s (?:the|a|your)\b|"
    r"(?:好的|抱歉|对不起|当然|是的|不是|很遗憾)[，,。！!]",
    re.IGNORECASE,
)


def tidied(reply: str) -> str:
    """Return the reply without what models like to put around a text: a label, quotation marks."""
    text = entrance.clean(reply)
    if label := _LABEL.match(text):
        text = text[label.end() :]
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def longest(question: Question) -> int:
    """Return how many characters a rewritten question may have."""
    return len(question.text) + LONGEST_ADDITION


def fault(text: str, question: Question) -> str:
    """Return what is wrong with a rewritten question; empty where nothing is."""
    return next((name for name, is_so in _FAULTS.items() if is_so(text, question)), "")


def is_same(text: str, other: str) -> bool:
    """Return whether both say the same but for capitals, spaces and marks."""
    return _letters(text) == _letters(other)


def codes(text: str) -> frozenset[str]:
    """Return the numbers, codes, addresses and links in a text."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    return frozenset(token.casefold() for token in tokens if _CODE.search(token))


def _letters(text: str) -> str:
    return "".join(
        each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum()
    )


def _has_markup(text: str, question: Question) -> bool:
    own = "".join([question.text, *(each.text for each in question.context if each.speaker == "U")])
    return any(mark.strip() not in own for mark in _MARKS.findall(text))


def _answers(text: str, question: Question) -> bool:
    """An answer opens like one, asks nothing where something was asked, or has much to say."""
    asked = question.text
    if _ASKS.search(asked) and not _ASKS.search(text):
        return True
    if _ANSWERS.match(text) and not _ANSWERS.match(asked):
        return True
    return len(sentences.split(text)) > len(sentences.split(asked)) + 1


def _has_strayed(text: str, question: Question) -> bool:
    """What was asked is hardly in it, or it says what nobody said."""
    asked, made = _words(question.text, question), _words(text, question)
    said = asked.union(*(_words(each.text, question) for each in question.context))
    return _share(asked, made) < LEAST_KEPT or _share(made, said) < LEAST_SAID


def _words(text: str, question: Question) -> frozenset[str]:
    return sentences.terms(text, question.language)


def _share(some: frozenset[str], among: frozenset[str]) -> float:
    return len(some & among) / len(some) if some else 1.0


def _has_lost_a_code(text: str, question: Question) -> bool:
    return not codes(question.text) <= codes(text)


def _has_invented_a_code(text: str, question: Question) -> bool:
    said = codes("\n".join([question.text, *(each.text for each in question.context)]))
    return not codes(text) <= said


_FAULTS: Mapping[str, Callable[[str, Question], bool]] = {
    "empty": lambda text, question: not any(each.isalnum() for each in text),
    "too_long": lambda text, question: len(text) > longest(question),
    "several_lines": lambda text, question: "\n" in text,
    "markup": _has_markup,
    "answer": _answers,
    "lost_code": _has_lost_a_code,
    "invented_code": _has_invented_a_code,
    "strayed": _has_strayed,
}

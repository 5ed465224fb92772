"""What a question says, taken apart so that two questions can be held against each other. Pure.

Beside the words that carry its topic: the numbers, the names, whether it negates, which way it
points, and what kind of answer it asks for. Two questions that differ in one of these may look
alike to an embedding and still have different answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from supportapp.retrieval.analysis import Analyser, analyser, normalised
from supportapp.retrieval.stopwords import ENGLISH

IsWord = Callable[[str], bool]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NAMED = re.compile(r"(?<=[\w,;:] )[A-Z][\w’'-]*")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,60})[\"”»]")
_CURRENCY = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "₹": "inr"}
_CURRENCIES = {
    "dollar": "usd", "dollars": "usd", "usd": "usd", "euro": "eur", "euros": "eur", "eur": "eur",
    "pound": "gbp", "pounds": "gbp", "gbp": "gbp", "yen": "jpy", "jpy": "jpy", "rupee": "inr",
    "rupees": "inr", "inr": "inr", "franc": "chf", "francs": "chf", "chf": "chf",
}  # fmt: skip
_NUMERALS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30",
    "fifty": "50", "hundred": "100", "thousand": "1000", "twice": "2", "half": "0.5",
    "monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri",
    "saturday": "sat", "sunday": "sun", "january": "jan", "february": "feb", "april": "apr",
    "june": "jun", "july": "jul", "august": "aug", "september": "sep", "october": "oct",
    "november": "nov", "december": "dec",
}  # fmt: skip
_NEGATIONS = _words(
    """
    not no never without cannot unable none nothing neither nor nobody nowhere impossible
    nicht kein keine keinen ohne nie pas jamais sans nunca sin não nao sem mai senza niet geen
    zonder inte aldrig ikke aldri ei bez
    """
)
_CONTRACTED = re.compile(
    r"(?:do|does|did|is|are|was|were|has|have|had|ca|wo|would|could|should|must|need)n['’]?t"
)
_UNSPACED_NEGATION = re.compile("[不没沒無未別]|ない|ません|ไม่")
# Words that a capital doesn't make a name.
_NO_NAMES = _words(
    """
    i i'm i've i'd i'll im ive ok faq pin sms id url app tv pc hi hello asap eta omg today
    yesterday tomorrow
    """
)
_DOES = r"(?:do|does|did|will|would|can|could|should|is|are|was|were|may|must|has|have)"
_KINDS = (
    ("amount", re.compile(r"\bhow (?:much|many)\b|\bwhat(?:'s| is| does| do)\b.{0,40}\bcosts?\b")),
    (
        "time",
        re.compile(rf"\bwhen {_DOES}\b|\bhow (?:long|soon|fast|quickly|often)\b|\bwhat time\b"),
    ),
    ("reason", re.compile(r"\bwhy\b|\bhow come\b|\bfor what reason\b")),
    ("person", re.compile(rf"(?:^|[.?!,;:] )whom? {_DOES}\b")),
    ("place", re.compile(rf"\bwhere(?:'s| {_DOES})\b")),
    ("manner", re.compile(r"\bhow (?:do|can|could|to|would|should|does|might|may)\b")),
)
_TOWARDS = frozenset(("to", "into", "onto"))
_AWAY = frozenset(("from", "off"))
ANYTHING = "*"
_LONGEST = 400
# A negation reaches so many words on, and is about so many that carry a topic.
_REACH = 6
_SCOPE = 2
_SHORTEST = 4
_LONGEST_ACRONYM = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """One question, taken apart.

    `said` is the question without marks and capitals; `words` are stems, `plain` the words as they
    stand. `negated` are the stems that a "not" is about, `unheard` the words that no dictionary
    has, `towards` and `away` those after "to" and "from".
    """

    said: str
    words: frozenset[str]
    pairs: frozenset[str]
    plain: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    unheard: frozenset[str]
    negated: frozenset[str]
    kind: str
    towards: frozenset[str]
    away: frozenset[str]
    length: int


def read(text: str, language: str = "en", is_word: IsWord | None = None) -> Wording:
    """Take a question apart. Without `is_word`, no word counts as unheard."""
    text = text[:_LONGEST]
    lowered = normalised(text).replace("’", "'")
    plain = _WORD.findall(lowered)
    analysed = analyser(language)
    pointed = dict(_pointed(plain))
    return Wording(
        said=" ".join(plain),
        words=frozenset(analysed.words(text)),
        pairs=frozenset(term for term in analysed.terms(text) if " " in term),
        plain=frozenset(plain),
        numbers=frozenset(_numbers(lowered, plain)),
        names=frozenset(_names(text, plain)),
        unheard=frozenset(_unheard(plain, is_word)) if is_word else frozenset(),
        negated=frozenset(_negated(lowered, plain, analysed)),
        kind=next((kind for kind, pattern in _KINDS if pattern.search(lowered)), ""),
        towards=frozenset(word for word, way in pointed.items() if way),
        away=frozenset(word for word, way in pointed.items() if not way),
        length=len(plain),
    )


def _numbers(lowered: str, plain: list[str]) -> Iterator[str]:
    yield from (found.replace(",", ".") for found in _NUMBER.findall(lowered))
    yield from (_NUMERALS[word] for word in plain if word in _NUMERALS)


def _names(text: str, plain: list[str]) -> Iterator[str]:
    yield from (code for sign, code in _CURRENCY.items() if sign in text)
    yield from (_CURRENCIES[word] for word in plain if word in _CURRENCIES)
    yield from (found.strip().lower() for found in _QUOTED.findall(text))
    if not text.isupper():
        for found in _NAMED.findall(text):
            word = found.lower().removesuffix("'s")
            is_shouted = found.isupper() and len(found) > _LONGEST_ACRONYM
            if not is_shouted and word not in _NO_NAMES and word not in ENGLISH:
                yield word
    for word in plain:
        is_code = not word.isalpha() and any(letter.isdigit() for letter in word)
        if is_code and any(letter.isalpha() for letter in word):
            yield word


def _unheard(plain: list[str], is_word: IsWord) -> Iterator[str]:
    """Yield the words that are in no dictionary: names in small letters, rare words, slips."""
    for word in plain:
        if len(word) < _SHORTEST or not word.isalpha() or not word.isascii() or word in ENGLISH:
            continue
        if not any(is_word(each) for each in _forms(word)):
            yield word


def _forms(word: str) -> Iterator[str]:
    yield word
    if word.endswith("ies"):
        yield word.removesuffix("ies") + "y"
    for ending in ("s", "es", "ed", "d", "ing", "ly", "er", "able"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            stem = word.removesuffix(ending)
            yield stem
            yield stem + "e"
            if stem[-1:] == stem[-2:-1]:
                yield stem[:-1]
    for beginning in ("un", "re", "dis", "pre", "non", "de", "mis", "inter"):
        if word.startswith(beginning) and len(word) - len(beginning) > 3:
            yield word.removeprefix(beginning)


def _negated(lowered: str, plain: list[str], analysed: Analyser) -> Iterator[str]:
    """Yield the stems that each negation is about: the next words that carry a topic."""
    for place, word in enumerate(plain):
        if word in _NEGATIONS or _CONTRACTED.fullmatch(word):
            after = analysed.words(" ".join(plain[place + 1 : place + _REACH]))
            before = analysed.words(" ".join(plain[max(place - _REACH, 0) : place]))
            yield from after[:_SCOPE] or before[-1:]
    # Scripts without spaces: what a negation is about isn't known.
    if not lowered.isascii() and _UNSPACED_NEGATION.search(lowered):
        yield ANYTHING


def _pointed(plain: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield the words that stand after "to" and "from", and whether it is towards them."""
    for place, word in enumerate(plain[:-1]):
        if word in _TOWARDS or word in _AWAY:
            following = (each for each in plain[place + 1 : place + 4] if each not in _FILLERS)
            target = next(following, "")
            if target:
                yield target, word in _TOWARDS


_FILLERS = frozenset(("a", "an", "the", "my", "your", "our", "their", "his", "her", "this", "that"))

"""A help centre of any size, made up: the same seed gives the same passages and questions.

Sentences are strung together from phrases of the sample help centre in knowledge/, drawn as words
are in real text: few of them often, most of them rarely. Products, names and error codes are
invented, each article has some of its own, so that the vocabulary grows with the size as it does
in real collections.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from supportapp.retrieval.values import SearchQuery, Utterance

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"
SEED = 20_260
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_PHRASE = re.compile(r"[A-Za-z][A-Za-z' -]{10,60}[a-z]")
_ONSET = "b br c ch d dr f fl g gr h k kl l m n p pr qu r s sh st t tr v w z"
_VOWEL = "a e i o u ai ea io ou"
_VERB = """cancel change export import connect delete update rename share print restore schedule
merge approve reject archive sync reset verify split"""
_THING = """invoice budget account card payment report password rule category receipt plan backup
bank statement currency goal device team transfer refund reminder"""
_ONSETS, _VOWELS, _VERBS, _THINGS = (
    tuple(listed.split()) for listed in (_ONSET, _VOWEL, _VERB, _THING)
)
_CODAS = ("", "n", "r", "l", "s", "m", "x", "th", "nd", "rk")
_OPENINGS = ("Why is it that", "I see", "What if")
_TITLES = (
    "How do I {verb} a {thing} in {product}?",
    "{product}: {verb} your {thing}",
    "Why can't I {verb} my {thing}?",
    "Error {code} when you {verb} a {thing}",
    "{thing} and {other} in {product}",
)
_SENTENCES = (
    "Open {product}, choose {thing} and then {verb}.",
    "{code} means that {name} refuses to {verb} the {thing}.",
    "{name} asks you to confirm the {thing} before {phrase}.",
    "To {verb} a {thing}, go to Settings and look for {name}: {phrase}.",
    "{phrase}; {phrase}.",
    "{phrase}, {phrase} and the {thing}.",
    "If {phrase}, {verb} the {thing} again after {number} minutes.",
    "In {product} {phrase}.",
)
_HEADINGS = ("Before you begin", "On the web", "On your phone", "If it fails", "{code}", "{name}")
_AUDIENCES = ("public", "public", "public", "public", "customers", "staff")


@dataclass(frozen=True, slots=True)
class MadeSection:
    """One passage-to-be."""

    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class MadeArticle:
    """An article and its passages."""

    number: int
    title: str
    audience: str
    subject: str
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    sections: tuple[MadeSection, ...]


@dataclass(frozen=True)
class Zipf:
    """Draws of items by rank: the n-th is drawn about 1/n as often as the first."""

    items: tuple[str, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def over(cls, items: Sequence[str]) -> Zipf:
        """Rank the items as they come."""
        weights = (1.0 / (rank + 2.7) for rank in range(len(items)))
        return cls(tuple(items), tuple(accumulate(weights)))

    def draw(self, dice: random.Random) -> str:
        """Return one item."""
        return dice.choices(self.items, cum_weights=self.cumulative)[0]


def _word(dice: random.Random) -> str:
    count = dice.choice((2, 2, 3))
    return "".join(dice.choice(_ONSETS) + dice.choice(_VOWELS) for _ in range(count)) + dice.choice(
        _CODAS
    )


@cache
def phrases() -> Zipf:
    """Return the sample help centre's phrases, in an order of their own."""
    found: set[str] = set()
    for path in sorted(KNOWLEDGE.rglob("*.md")):
        text = _FRONT_MATTER.sub("", path.read_text("utf-8"))
        for match in _PHRASE.findall(text):
            words = match.split()
            found.update(
                " ".join(words[at : at + 5])
                for at in range(0, len(words), 5)
                if len(words[at : at + 5]) >= 3
            )
    ordered = sorted(found)
    random.Random(SEED).shuffle(ordered)
    return Zipf.over(ordered)


@cache
def products(size: int) -> Zipf:
    """Return the products of a help centre of so many passages."""
    dice = random.Random(SEED + 1)
    count = max(20, min(2000, size // 50))
    names = {f"{_word(dice).title()} {_word(dice).title()}": None for _ in range(count)}
    return Zipf.over(tuple(names))


class _Writer:
    """Fills templates for one article."""

    def __init__(self, number: int, size: int) -> None:
        self.number = number
        self.dice = random.Random(SEED * 1_000_003 + number)
        self.product = products(size).draw(self.dice)
        self.names = [_word(self.dice).title() for _ in range(2)]
        initials = "".join(word[0] for word in self.product.split()).upper()
        self.codes = [f"{initials}-{number + 1000}{letter}" for letter in "AB"]

    def fill(self, template: str) -> str:
        """Return the template with every gap filled."""
        gaps = {
            "verb": self.dice.choice(_VERBS), "thing": self.dice.choice(_THINGS),
            "other": self.dice.choice(_THINGS), "product": self.product,
            "code": self.dice.choice(self.codes), "name": self.dice.choice(self.names),
            "number": str(self.dice.randint(2, 90)),
        }  # fmt: skip
        while "{phrase}" in template:
            template = template.replace("{phrase}", phrases().draw(self.dice), 1)
        return template.format(**gaps)

    def section(self) -> MadeSection:
        """Return a passage of some sixty words."""
        sentences = [
            self.fill(self.dice.choice(_SENTENCES)) for _ in range(self.dice.randint(4, 7))
        ]
        # Every second article is made of lists, whose lines have vectors of their own.
        between = "\n" if self.number % 2 else " "
        text = between.join(sentence[0].upper() + sentence[1:] for sentence in sentences)
        return MadeSection((self.fill(self.dice.choice(_HEADINGS)),), text)


def article(number: int, size: int) -> MadeArticle:
    """Return the article of this number in a help centre of `size` passages."""
    writer = _Writer(number, size)
    dice = writer.dice
    title = writer.fill(dice.choice(_TITLES))
    return MadeArticle(
        number=number,
        title=title[0].upper() + title[1:],
        audience=dice.choice(_AUDIENCES),
        subject=writer.product if dice.random() < 0.6 else "",
        tags=(dice.choice(_THINGS),),
        aliases=(writer.names[0],) if dice.random() < 0.3 else (),
        sections=tuple(writer.section() for _ in range(dice.choice((1, 2, 2, 3, 4)))),
    )


def articles(size: int) -> Iterator[MadeArticle]:
    """Yield articles that have `size` passages together."""
    left = size
    number = 0
    while left > 0:
        made = article(number, size)
        if len(made.sections) > left:
            made = MadeArticle(
                made.number, made.title, made.audience, made.subject, made.tags, made.aliases,
                made.sections[:left],
            )  # fmt: skip
        yield made
        left -= len(made.sections)
        number += 1


def questions(size: int, count: int) -> list[SearchQuery]:
    """Return questions about articles of the help centre; every third follows up on a turn."""
    dice = random.Random(SEED + 2)
    return [_question(dice.randrange(max(1, size // 3)), size, dice) for _ in range(count)]


def _question(number: int, size: int, dice: random.Random) -> SearchQuery:
    made = article(number, size)
    writer = _Writer(number, size)
    words = dice.choice(made.sections).text.split()
    at = dice.randrange(max(1, len(words) - 8))
    asked = dice.choice(
        (
            writer.fill("How do I {verb} a {thing} in {product}?"),
            writer.fill("What does {code} mean?"),
            f"{dice.choice(_OPENINGS)} {' '.join(words[at : at + 7])}?",
            made.title,
        )
    )
    if dice.random() < 1 / 3:
        said = Utterance("U", writer.fill("I use {product} and need help with my {thing}."))
        return SearchQuery(writer.fill("How can I {verb} it?"), (said, Utterance("S", "Gladly.")))
    return SearchQuery(asked)

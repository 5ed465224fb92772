"""Answers made from articles: honest ones, and ones with something planted. Seeded, no model.

An honest sentence is an article's own, or says the same in a slightly different way. A planted one
has a number, a day, a negation or a word of it altered, or comes from nowhere near the evidence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from supportapp.guardrails import figures
from supportapp.guardrails.grounds import Grounds, bare
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence

PASSAGES = 6
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_UNITS = (
    ("days", "weeks"), ("months", "years"), ("hours", "days"), ("minutes", "hours"),
    ("weeks", "months"), ("years", "months"), ("day ", "week "), ("month", "week"),
)  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)?(?![\w/-]|\.\d)")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_AUXILIARY = re.compile(
    r"\b(is|are|was|can|will|does|do|may|must|should|has|have)\b(?! (?:not|no)\b)(?!n['’]t)"
)
_DENIED = (
    (re.compile(r"\b(is|are|was|does|do|will|must|should|has|have|may) not\b"), r"\1"),
    (re.compile(r"\b(is|are|was|does|do|must|should|has|have)n['’]t\b"), r"\1"),
    (re.compile(r"\bcannot\b|\bcan['’]t\b"), "can"),
    (re.compile(r"\bwon['’]t\b"), "will"),
    (re.compile(r"\bnever\b"), "always"),
    (re.compile(r"\bwithout\b"), "with"),
)
_ALIKE = (
    ("choose", "select"), ("open", "go to"), ("e-mail", "email"), ("begins", "starts"),
    ("at once", "immediately"), ("buy", "purchase"), ("need", "require"), ("shows", "displays"),
    ("is not", "isn't"), ("are not", "aren't"), ("do not", "don't"), ("does not", "doesn't"),
    ("cannot", "can't"), ("we ", "Tallybird "), ("several", "multiple"), ("also", "too"),
    ("for example", "such as"), ("after", "once"), ("get", "receive"), ("each", "every"),
)  # fmt: skip
_SPELT = {"2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven",
          "10": "ten", "12": "twelve", "14": "fourteen", "30": "thirty"}  # fmt: skip
_NOWHERE = (
    "You also get a free month as a thank-you for your patience.",
    "Gold members receive priority shipping on every order.",
    "Our app was named best budgeting tool by a national magazine.",
    "The feature was removed in the autumn release and will come back next year.",
    "Refunds are paid out in store vouchers that never expire.",
    "Your account manager will visit your office to set everything up.",
    "The mobile app works on smartwatches and in cars as well.",
    "Students pay half the price when they upload a picture of their card.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, what it was made from, and whether something is planted in it."""

    kind: str
    sentence: str
    evidence: tuple[Evidence, ...]
    planted: bool


def passages(articles: Sequence[tuple[str, str, str]]) -> list[Evidence]:
    """Cut articles (slug, title, body) into passages at their headings."""
    made: list[Evidence] = []
    for number, (slug, title, body) in enumerate(articles, start=1):
        pieces = _HEADING.split(body)
        heads = ["", *pieces[1::2]]
        for head, text in zip(heads, pieces[::2], strict=True):
            if len(text.split()) > 8:
                place = len(made) + 1
                made.append(
                    Evidence(
                        1,
                        place,
                        number,
                        number,
                        slug,
                        title,
                        (head,) if head else (),
                        text.strip(),
                        1.0,
                    )
                )
    return made


def cases(found: Sequence[Evidence], *, seed: int, most: int) -> Iterator[Case]:
    """Yield cases: for each chosen sentence honest ones, and a planted one of each kind."""
    chance = random.Random(seed)
    drawn = [(at, line) for at, each in enumerate(found) for line in _statements(each.text)]
    chance.shuffle(drawn)
    for at, line in drawn[:most]:
        evidence = _with_neighbours(found, at, chance)
        yield Case("verbatim", line, evidence, planted=False)
        if said := _said_otherwise(line, chance):
            yield Case("said otherwise", said, evidence, planted=False)
        for kind, alter in ALTERATIONS.items():
            if altered := alter(line, chance):
                yield Case(kind, altered, evidence, planted=True)
        yield Case("from nowhere", chance.choice(_NOWHERE), evidence, planted=True)
        other = chance.choice(drawn)[1]
        if not _is_in(other, evidence):
            yield Case("from another article", other, evidence, planted=True)


def _statements(text: str) -> list[str]:
    kept = []
    for line in _FENCE.sub("", text).splitlines():
        for sentence in sentences.split(bare(line)):
            ended = sentence.endswith((".", "。"))
            if ended and 6 <= sentences.count_words(sentence) <= 40 and "|" not in line:
                kept.append(sentence)
    return kept


def _with_neighbours(
    found: Sequence[Evidence], at: int, chance: random.Random
) -> tuple[Evidence, ...]:
    """The passage among others, the next ones of its article first, as a search would have it."""
    own = [each for each in found if each.slug == found[at].slug and each is not found[at]]
    folder = found[at].slug.split("/")[0]
    near = [e for e in found if e.slug.split("/")[0] == folder and e.slug != found[at].slug]
    others = chance.sample(near, min(len(near), PASSAGES))
    return (found[at], *own[:2], *others)[:PASSAGES]


def _is_in(sentence: str, evidence: Sequence[Evidence]) -> bool:
    words = sentences.terms(sentence)
    units = Grounds.of(evidence).units
    return any(len(words & unit.terms) >= 0.7 * max(1, len(words)) for unit in units)


def _said_otherwise(line: str, chance: random.Random) -> str:
    said = line
    changed = 0
    for one, other in chance.sample(_ALIKE, len(_ALIKE)):
        if changed < 2 and re.search(rf"\b{re.escape(one)}", said, re.IGNORECASE):
            said = re.sub(rf"\b{re.escape(one)}", other, said, count=1, flags=re.IGNORECASE)
            changed += 1
    if spelt := [
        number for number in _SPELT if re.search(rf"(?<![\w.,€$]){number}(?= [a-z])", said)
    ]:
        said = re.sub(rf"(?<![\w.,€$]){spelt[0]}(?= [a-z])", _SPELT[spelt[0]], said, count=1)
    lead = chance.choice(("Yes, ", "In short, ", "Please note that ", "Sure: ", ""))
    first = said[0].lower() + said[1:] if lead and said.split()[0] not in {"I"} else said
    said = lead + first
    return said if said != line else ""


def _other_number(line: str, chance: random.Random) -> str:
    found = list(_NUMBER.finditer(line))
    if not found:
        return ""
    match = chance.choice(found)
    value = float(match[0].replace(",", "."))
    known = {each.value for each in figures.find(line)}
    for _ in range(20):
        new = str(
            max(1, round(value * chance.choice((0.5, 1.5, 2, 3, 0.25)) + chance.choice((0, 1, 2))))
        )
        if new not in known and new != match[0]:
            return line[: match.start()] + new + line[match.end() :]
    return ""


def _other_date(line: str, chance: random.Random) -> str:
    if match := _TIME.search(line):
        hour = (int(match[1]) + chance.choice((1, 2, 3))) % 24
        return line[: match.start()] + f"{hour}:{match[2]}" + line[match.end() :]
    for names in (_DAYS, _MONTHS):
        for name in names:
            if re.search(rf"\b{name}\b", line):
                other = chance.choice([each for each in names if each not in line])
                return re.sub(rf"\b{name}\b", other, line, count=1)
    for unit, other in _UNITS:
        if re.search(rf"\d {unit}", line):
            return re.sub(rf"(?<=\d ){unit}", other, line, count=1)
    return ""


def _denied(line: str, chance: random.Random) -> str:
    for pattern, without in _DENIED:
        if pattern.search(line):
            return pattern.sub(without, line, count=1)
    if match := _AUXILIARY.search(line):
        return f"{line[: match.end()]} not{line[match.end() :]}"
    return ""


def _other_words(line: str, chance: random.Random) -> str:
    """Half of what the sentence says, and another half that nobody said."""
    words = line.split()
    half = len(words) // 2
    tail = chance.choice(_NOWHERE).split()
    return " ".join([*words[:half], *tail[len(tail) // 3 :]])


def _with_link(line: str, chance: random.Random) -> str:
    where = chance.choice(
        (
            "https://tally-refunds.example/claim",
            "www.get-support.shop",
            "help@tallybird-desk.example",
        )
    )
    return f"{line.rstrip('.')}, see {where}."


def _with_promise(line: str, chance: random.Random) -> str:
    return chance.choice((
        "We will refund you in full, and I have already started it.",
        "I guarantee that this will be fixed for you today.",
        "We promise to give you a discount on your next invoice.",
        "I've credited your account for the trouble.",
    ))  # fmt: skip


ALTERATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "number": _other_number,
    "date": _other_date,
    "negation": _denied,
    "altered sentence": _other_words,
    "link or address": _with_link,
    "promise": _with_promise,
}

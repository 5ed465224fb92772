"""Read misspelt words of a question as those that passages hold. Pure.

A word counts as misspelt where no passage holds it and it is no English word either, so that
"films" is never read as "files". It is read as the best word one edit away (Norvig, "How to write a
spelling corrector", 2007) that passages hold: a letter too many, two swapped, another one, or one
missing. Questions in which too much is unknown are in another language, and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from string import ascii_lowercase
from typing import Protocol

from supportapp.retrieval.analysis import analyser
from supportapp.retrieval.stopwords import ENGLISH

SHORTEST, LONGEST = 4, 24
# In words up to this long, another letter is a slip only if it is easily taken for the right one:
# short words differ too little otherwise ("fart", "fast").
SHORT = 5
_VOWELS = frozenset("aeiouy")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qaz", "wsx", "edc", "rfv", "tgb", "yhn", "ujm")
_NEIGHBOURS = frozenset(
    frozenset(row[place : place + 2]) for row in _ROWS for place in range(len(row) - 1)
)
# Of so many unknown words to each that may be corrected, none is.
UNKNOWN_TIMES = 2
# Latin letters alone: no part of a code, an address or a compound.
_WORD = re.compile(
    rf"(?<![\w@#+])(?<!\w[-./:'’])[A-Za-zÀ-ÖØ-öø-ƿ]{{{SHORTEST},{LONGEST}}}(?![\w@#+]|[-./:'’]\w)"
)


class Lexicon(Protocol):
    """What passages hold; the keyword index is one."""

    def holders(self, word: str) -> int:
        """Return how many passages hold the word, in any of its forms."""

    def known(self, terms: Sequence[str]) -> list[str]:
        """Return those of the terms that passages hold."""


IsWord = Callable[[str], bool]


def corrected(text: str, lexicon: Lexicon, is_word: IsWord, *, most: int) -> str:
    """Return the text with at most so many misspelt words put right; the same where none is.

    Where more would have to be put right, nothing is.
    """
    unknown = _unknown(text, lexicon, is_word) if most else {}
    if not unknown or len(unknown) > most * UNKNOWN_TIMES:
        return text
    better = {word: best(word, lexicon, is_word) for word in unknown}
    chosen = {word: instead for word, instead in better.items() if instead}
    if not chosen or len(chosen) > most:
        return text

    def put_right(match: re.Match[str]) -> str:
        instead = chosen.get(match[0].lower())
        return _as_written(match[0], instead) if instead else match[0]

    return _WORD.sub(put_right, text)


def _unknown(text: str, lexicon: Lexicon, is_word: IsWord) -> dict[str, None]:
    """Return the words, in lower case, that neither English nor the passages know."""
    found: dict[str, None] = {}
    shouts = text.isupper()
    for written in _WORD.findall(text):
        word = written.lower()
        # An abbreviation isn't misspelt.
        if word in ENGLISH or (written.isupper() and not shouts):
            continue
        is_plural = word[-1] == "s" and word[-2] != "s"
        if is_word(word) or (is_plural and is_word(word[:-1])):
            continue
        if len(word) == len(written) and not lexicon.holders(word):
            found[word] = None
    return found


def best(word: str, lexicon: Lexicon, is_word: IsWord) -> str | None:
    """Return the held word, one edit away, that was most likely meant.

    Swapped letters and doubled ones come first, for those slips are the most usual; then words
    with the same first letter, English ones, those that more passages hold, and longer ones, since
    a stem is no word.
    """
    slips = dict(edits(word))
    ranked = []
    for candidate in _screened(word, slips, lexicon, is_word):
        held = -1 if candidate in ENGLISH else -lexicon.holders(candidate)
        if held:
            is_other = candidate[0] != word[0]
            rank = (not slips[candidate], is_other, not is_word(candidate), held, -len(candidate))
            ranked.append((rank, candidate))
    return min(ranked)[1] if ranked else None


def _screened(
    word: str, slips: dict[str, bool], lexicon: Lexicon, is_word: IsWord
) -> Iterator[str]:
    """Yield the edits that may be held. To stem them all would take too long.

    These are English words, stems that passages hold, and such stems with the word's own ending.
    """
    others = []
    for candidate in slips:
        if candidate in ENGLISH or is_word(candidate):
            yield candidate
        else:
            others.append(candidate)
    roots = {candidate: _roots(candidate) for candidate in others}
    known = set(lexicon.known([root for each in roots.values() for root in each]))
    yield from (candidate for candidate, each in roots.items() if not known.isdisjoint(each))
    stem = analyser().stem(word)
    if word.startswith(stem) and stem != word:
        ending = word[len(stem) :]
        for root in lexicon.known([edit for edit, _ in edits(stem)]):
            if root + ending in slips:
                yield root + ending


def _roots(word: str) -> tuple[str, ...]:
    """Return what the word's stem is likely to be."""
    if word[-1] == "y":
        return word, word[:-1] + "i"
    return (word, word[:-1]) if word[-1] in "es" else (word,)


def edits(word: str) -> Iterator[tuple[str, bool]]:
    """Yield every text one edit away, and whether the slip is a usual one; those come last, so
    that they stay where a text comes twice."""
    letters = dict.fromkeys(ascii_lowercase + word)
    is_short = len(word) <= SHORT
    usual: dict[str, None] = {}
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        for letter in letters:
            if tail and letter != tail[0] and (not is_short or _alike(letter, tail[0])):
                yield head + letter + tail[1:], False
            if letter in (head[-1:], tail[:1]):
                usual[head + letter + tail] = None
            else:
                yield head + letter + tail, False
        if tail and tail[0] in (head[-1:], tail[1:2]):
            usual[head + tail[1:]] = None
        elif tail:
            yield head + tail[1:], False
        if len(tail) > 1 and tail[0] != tail[1]:
            usual[head + tail[1] + tail[0] + tail[2:]] = None
    for text in usual:
        yield text, True


def _alike(one: str, other: str) -> bool:
    """Say whether the letters are easily taken for each other: both vowels, or keys that touch."""
    return {one, other} <= _VOWELS or frozenset((one, other)) in _NEIGHBOURS


def _as_written(written: str, instead: str) -> str:
    if written.isupper():
        return instead.upper()
    return instead.capitalize() if written[0].isupper() else instead

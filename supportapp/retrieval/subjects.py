"""Which product, plan or place a conversation is about: the subject in focus.

Articles may name a subject, and customers mention it once and then say "it" or "they". This
module finds mentions of the workspace's subjects in the conversation, also partial, misspelt, run
together or split, and weighs them. A word that the passages about other subjects use too names
nothing ("park", "time"), which is measured, not listed. The last mention counts most, and every
other subject mentioned after one takes some of its strength. Pure, and fast with ten thousand
subjects.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from supportapp.retrieval.analysis import fold
from supportapp.retrieval.stopwords import ENGLISH

# Chosen on the dev sets: bench/retrieval/subjects.py.
DISPLACEMENT = 1.0
POWER = 2.0
ORDINARY = 0.01
LEAST_QUALITY = 0.15

_WORD = re.compile(r"\d+|[^\W\d_]+")
_APOSTROPHES = str.maketrans("", "", "'’")
_LONGEST_NAME = 8
_WIDELY_SHARED = 60
_STOP_WORD_SHARE = 0.1
_MISSPELT_SHARE = 0.8
_LEAST_MISSPELT = 5

ShareElsewhere = Callable[[str, frozenset[str]], float]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names a subject; `quality` is how much of the name it says."""

    subject: int
    start: int
    end: int
    quality: float

    def overlaps(self, other: Mention) -> bool:
        """Return whether both speak of a common word."""
        return self.start < other.end and other.start < self.end

    def says_the_same(self, other: Mention) -> bool:
        """Return whether the text doesn't tell the two subjects apart."""
        return (self.start, self.end, self.quality) == (other.start, other.end, other.quality)


@dataclass(frozen=True, slots=True)
class _Name:
    """A subject's words, and the share of the name that each one says."""

    words: tuple[str, ...]
    shares: tuple[float, ...]


class Subjects:
    """The names to look for, numbered in the order given."""

    def __init__(
        self,
        names: Sequence[str],
        share_elsewhere: ShareElsewhere = lambda word, subjects: 0.0,
        is_word: Callable[[str], bool] = lambda word: False,
    ) -> None:
        """`share_elsewhere(word, names)` is the share of the passages about other subjects that
        hold the word; `is_word` knows the articles' words, which aren't taken for misspellings."""
        self.names = tuple(names)
        self._is_word = is_word
        read = [tuple(words(name))[:_LONGEST_NAME] for name in names]
        holders = _holders(read)
        telling = {
            word: ORDINARY / (ORDINARY + share_elsewhere(word, frozenset(names[n] for n in held)))
            for word, held in holders.items()
        }
        rarity = {word: math.log1p(len(names) / len(held)) for word, held in holders.items()}
        self._names = [_name(name_words, rarity, telling) for name_words in read]
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._anchors: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._nearly: dict[str, set[str]] = defaultdict(set)
        for number, name in enumerate(self._names):
            self._whole["".join(name.words)].append(number)
            for place, word in enumerate(name.words):
                if _is_anchor(word) and len(holders[word]) <= _WIDELY_SHARED:
                    self._anchors[word].append((number, place))
        for word in self._anchors:
            if len(word) >= _LEAST_MISSPELT:
                for variant in _deletions(word):
                    self._nearly[variant].add(word)

    def mentions(self, text: str) -> list[Mention]:
        """Return the mentions in a text, in order; of those that overlap only the best."""
        said = words(text)
        best: dict[tuple[int, int], Mention] = {}
        for mention in (*self._whole_names(said), *self._parts_of_names(said)):
            key = (mention.subject, mention.end)
            if mention.quality >= LEAST_QUALITY and (
                key not in best or best[key].quality < mention.quality
            ):
                best[key] = mention
        return _without_overlaps(best.values())

    def _whole_names(self, said: list[str]) -> Iterator[Mention]:
        for start in range(len(said)):
            joined = ""
            for end in range(start, min(start + _LONGEST_NAME, len(said))):
                joined += said[end]
                for subject in self._whole.get(joined, ()):
                    quality = sum(self._names[subject].shares)
                    yield Mention(subject, start, end + 1, min(1.0, quality))

    def _parts_of_names(self, said: list[str]) -> Iterator[Mention]:
        for place, word in enumerate(said):
            anchors = [(word, 1, 1.0)]
            if place + 1 < len(said):
                anchors.append((word + said[place + 1], 2, 1.0))
            if word not in self._anchors and not self._is_word(word):
                anchors.extend((near, 1, _MISSPELT_SHARE) for near in self._near(word))
            for anchor, width, share in anchors:
                for subject, position in self._anchors.get(anchor, ()):
                    yield self._around(said, (place, place + width), subject, position, share)

    def _near(self, word: str) -> set[str]:
        """Return the names' words that differ by one letter: more, less, another or swapped."""
        if len(word) < _LEAST_MISSPELT:
            return set()
        near = set(self._nearly.get(word, ()))
        for variant in _deletions(word):
            near |= self._nearly.get(variant, set())
            if variant in self._anchors:
                near.add(variant)
        return near

    def _around(
        self, said: list[str], span: tuple[int, int], subject: int, position: int, share: float
    ) -> Mention:
        """Extend a matching word to both sides as far as the name goes on."""
        name = self._names[subject]
        start, end = span
        first, last = position, position + 1
        while first > 0 and start > 0 and said[start - 1] == name.words[first - 1]:
            start, first = start - 1, first - 1
        while last < len(name.words) and end < len(said) and said[end] == name.words[last]:
            end, last = end + 1, last + 1
        quality = sum(name.shares[first:last]) - (1.0 - share) * name.shares[position]
        return Mention(subject, start, end, min(1.0, quality))

    def in_focus(self, texts: Sequence[str]) -> dict[int, float]:
        """Return the strength, 0 to 1, of each subject that the texts, oldest first, mention.

        The last mention counts in full. Another subject mentioned later displaces the earlier
        ones, by as much as that mention says of its name.
        """
        strengths: dict[int, float] = {}
        displaced = 0.0
        for text in reversed(texts):
            for group in _last_place_first(self.mentions(text)):
                fresh = [mention for mention in group if mention.subject not in strengths]
                for mention in fresh:
                    strength = mention.quality**POWER * math.exp(-displaced)
                    strengths[mention.subject] = strength
                if fresh:
                    displaced += DISPLACEMENT * fresh[0].quality ** POWER
        return strengths


def words(text: str) -> list[str]:
    """Return the words of a name or a text, folded; characters where words aren't spaced."""
    found: list[str] = []
    for word in _WORD.findall(fold(text.replace("&", " and ")).translate(_APOSTROPHES)):
        if word.isascii():
            found.append(word)
        else:
            found.extend(word)
    return found


def _holders(read: Sequence[tuple[str, ...]]) -> dict[str, set[int]]:
    holders: dict[str, set[int]] = defaultdict(set)
    for number, name_words in enumerate(read):
        for word in name_words:
            holders[word].add(number)
    return holders


def _name(
    name_words: tuple[str, ...], rarity: Mapping[str, float], telling: Mapping[str, float]
) -> _Name:
    weights = [rarity[w] * (_STOP_WORD_SHARE if w in ENGLISH else 1.0) for w in name_words]
    total = sum(weights)
    shares = (weight * telling[w] / total for weight, w in zip(weights, name_words, strict=True))
    return _Name(name_words, tuple(shares))


def _is_anchor(word: str) -> bool:
    """A number or a single letter alone names nothing."""
    return len(word) > 1 and not word.isdigit() and word not in ENGLISH


def _deletions(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _without_overlaps(mentions: Iterable[Mention]) -> list[Mention]:
    """Keep the best of overlapping mentions, and those that the text doesn't tell from it."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.quality, m.start - m.end, m.start)):
        rivals = [other for other in kept if other.overlaps(mention)]
        if all(o.says_the_same(mention) and o.subject != mention.subject for o in rivals):
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.end, m.start, m.subject))


def _last_place_first(mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Group the mentions of one place in the text."""
    groups: dict[tuple[int, int], list[Mention]] = defaultdict(list)
    for mention in mentions:
        groups[mention.start, mention.end].append(mention)
    return [groups[span] for span in sorted(groups, key=lambda s: (s[1], s[0]), reverse=True)]

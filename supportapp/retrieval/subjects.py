"""Which product, plan or place a conversation is about: the subject in focus.

Articles may name a subject, and customers mention it once and then say "it" or "they". This
module finds mentions of the workspace's subjects in the conversation, also partial, misspelt, run
together or split, and weighs them: the last one mentioned counts most, and every other subject
mentioned after it takes some of its strength. Pure, and fast with ten thousand subjects.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from supportapp.retrieval.analysis import analyser, fold
from supportapp.retrieval.stopwords import ENGLISH

_WORD = re.compile(r"\d+|[^\W\d_]+")
_LONGEST_NAME = 8
_COMMON = 60
_STOP_WORD_SHARE = 0.1
_MISSPELT_SHARE = 0.8
_LEAST_FUZZY = 5
_LEAST_QUALITY = 0.15
DISPLACEMENT = 1.0
ORDINARY = 0.005
POWER = 2.0


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a text that names a subject; `quality` is the share of the name that it says."""

    subject: int
    start: int
    end: int
    quality: float


@dataclass(frozen=True, slots=True)
class _Name:
    subject: int
    words: tuple[str, ...]
    weights: tuple[float, ...]
    total: float


class Subjects:
    """The names to look for, numbered in the order given."""

    def __init__(
        self, names: Sequence[str], share_elsewhere: Callable[[str, frozenset[int]], float] = lambda word, subjects: 0.0,
        is_word: Callable[[str], bool] = lambda word: False,
    ) -> None:
        """`share_elsewhere(word, subjects)` is the share of the passages about other subjects
        that hold the word: how ordinary it is."""
        self.names = tuple(names)
        self._is_word = is_word
        read = [tuple(_words(name))[:_LONGEST_NAME] for name in names]
        holders: dict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(read):
            for word in words:
                holders[word].add(number)
        self._namehood = {
            word: ORDINARY / (ORDINARY + share_elsewhere(word, frozenset(subjects)))
            for word, subjects in holders.items()
        }
        self._names = [self._name(n, words, holders) for n, words in enumerate(read)]
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._nearly: dict[str, set[str]] = defaultdict(set)
        for name in self._names:
            self._whole["".join(name.words)].append(name.subject)
            for place, word in enumerate(name.words):
                if len(holders[word]) <= _COMMON and word not in ENGLISH and not word.isdigit() and len(word)>1:
                    self._by_word[word].append((name.subject, place))
        for word in self._by_word:
            if len(word) >= _LEAST_FUZZY:
                for variant in _deletions(word):
                    self._nearly[variant].add(word)

    def _name(self, number: int, words: tuple[str, ...], holders: Mapping[str, set[int]]) -> _Name:
        weights = tuple(
            math.log1p(len(self.names) / len(holders[word]))
            * (_STOP_WORD_SHARE if word in ENGLISH else 1.0)
            for word in words
        )
        return _Name(number, words, weights, sum(weights))

    def mentions(self, text: str) -> list[Mention]:
        """Return the mentions in a text, in order; of those that overlap only the best."""
        words = _words(text)
        found: dict[tuple[int, int], Mention] = {}
        for mention in (*self._whole_names(words), *self._partial_names(words)):
            key = (mention.subject, mention.end)
            if key not in found or found[key].quality < mention.quality:
                found[key] = mention
        return _without_overlaps(found.values())

    def _whole_names(self, words: list[str]) -> Iterable[Mention]:
        for start in range(len(words)):
            joined = ""
            for end in range(start, min(start + _LONGEST_NAME, len(words))):
                joined += words[end]
                for subject in self._whole.get(joined, ()):
                    name = self._names[subject]
                    sure = sum(w * self._namehood[x] for x, w in zip(name.words, name.weights))
                    yield Mention(subject, start, end + 1, sure / name.total)

    def _partial_names(self, words: list[str]) -> Iterable[Mention]:
        for place, word in enumerate(words):
            anchors = [(word, 1, 1.0)]
            if place + 1 < len(words):
                anchors.append((word + words[place + 1], 2, 1.0))
            if word not in self._by_word and not self._is_word(word):
                anchors.extend((near, 1, _MISSPELT_SHARE) for near in self._near(word))
            for anchor, width, share in anchors:
                for subject, position in self._by_word.get(anchor, ()):
                    mention = self._around(words, place, width, subject, position, share)
                    if mention.quality >= _LEAST_QUALITY:
                        yield mention

    def _near(self, word: str) -> set[str]:
        """Return the names' words that differ by one letter more, less, other or swapped."""
        if len(word) < _LEAST_FUZZY:
            return set()
        near = set(self._nearly.get(word, ()))
        for variant in _deletions(word):
            near |= self._nearly.get(variant, set())
            if variant in self._by_word:
                near.add(variant)
        return near

    def _around(
        self, words: list[str], place: int, width: int, subject: int, position: int, share: float
    ) -> Mention:
        """Extend a matching word to both sides as far as the name goes on."""
        name = self._names[subject]
        said = name.weights[position] * share * self._namehood[name.words[position]]
        start, end = place, place + width
        before, after = position - 1, position + 1
        while before >= 0 and start > 0 and words[start - 1] == name.words[before]:
            said += name.weights[before] * self._namehood[name.words[before]]
            start, before = start - 1, before - 1
        while after < len(name.words) and end < len(words) and words[end] == name.words[after]:
            said += name.weights[after] * self._namehood[name.words[after]]
            end, after = end + 1, after + 1
        return Mention(subject, start, end, min(1.0, said / name.total))

    def in_focus(self, texts: Sequence[str]) -> dict[int, float]:
        """Return the strength, 0 to 1, of each subject that the texts, oldest first, mention.

        The last mention counts in full. Every other subject mentioned later displaces it, by as
        much as that mention says of its name.
        """
        strengths: dict[int, float] = {}
        displaced = 0.0
        for text in reversed(texts):
            spans = _by_span(self.mentions(text))
            for group in spans:
                quality = max(mention.quality for mention in group)
                fresh = False
                for mention in group:
                    if mention.subject not in strengths:
                        fresh = True
                        strengths[mention.subject] = mention.quality**POWER * math.exp(-displaced)
                displaced += DISPLACEMENT * quality**POWER if fresh else 0.0
        return strengths


def _words(text: str) -> list[str]:
    """Return the words of a name or text: stems, so that Nando's and Nandos are one."""
    plain = fold(text.replace("&", " and ")).replace("'", "").replace("’", "")
    words: list[str] = []
    for word in _WORD.findall(plain):
        if word.isascii():
            words.append(word)
        else:
            words.extend(word)
    return words


def _deletions(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _without_overlaps(mentions: Iterable[Mention]) -> list[Mention]:
    """Keep the best of overlapping mentions; equals stay, for the text does not tell them apart."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.quality, m.start - m.end, m.start)):
        rivals = [k for k in kept if k.start < mention.end and mention.start < k.end]
        same = all((k.start, k.end, k.quality) == (mention.start, mention.end, mention.quality)
                   for k in rivals)
        if same and mention.subject not in {k.subject for k in rivals}:
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.end, m.subject))


def _by_span(mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Group mentions of one place in the text, last place first."""
    groups: dict[tuple[int, int], list[Mention]] = defaultdict(list)
    for mention in mentions:
        groups[mention.start, mention.end].append(mention)
    return [groups[span] for span in sorted(groups, key=lambda s: s[1], reverse=True)]

"""Text into search terms: the same for passages and for questions.

A term is a stemmed word, a product code or number kept whole beside its parts, a pair of words
that stand next to each other, or, in scripts written without spaces, a character and a pair of
characters. Pure: no Django, no state but caches.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import snowballstemmer

from supportapp.retrieval.stopwords import CHARACTERS, CHINESE, ENGLISH
from supportapp.retrieval.traditional import SIMPLIFIED

PAIR_WEIGHT = 0.2
CHARACTER_WEIGHT = 0.3
_CACHED_WORDS = 400_000
_LONGEST_WORD = 64
_SHORT_LETTERS = 4

# Marks that Python does not count as letters but that belong to a word.
_MARKS = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u1000-\u109f\u1780-\u17ff"
)
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003134f"
)
_LETTER = rf"(?:[^\W_]|[{_MARKS}{_UNSPACED}])"
_CHUNK = re.compile(rf"(?:[^\W_]|[{_UNSPACED}]){_LETTER}*(?:[-_./:'’]{_LETTER}+)*[+#]*")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+")
_UNSPACED_STOP = re.compile("|".join(sorted(CHINESE, key=len, reverse=True)))
_PARTS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_PLAIN = re.compile(r"[a-z]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_APOSTROPHES = str.maketrans("", "", "'’")

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one chunk of text stands for. `word` joins it to its neighbour in a pair."""

    terms: tuple[str, ...]
    word: str | None
    stop: bool = False


_STOP = _Entry((), None, stop=True)


class Analyser:
    """Turns text of one language into terms, from many threads. Known words cost one look-up."""

    def __init__(self, language: str = "en") -> None:
        name = _STEMMERS.get(language.split("-")[0].lower(), "english")
        self._stemmer = snowballstemmer.stemmer(name)
        self._entries: dict[str, _Entry] = {}
        self._stems: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()

    def terms(self, text: str) -> list[str]:
        """Return the terms of the text in order, repeated as often as they occur."""
        found: list[str] = []
        before: str | None = None
        for entry in self._walk(text):
            if entry.stop:
                continue
            found.extend(entry.terms)
            if before is not None and entry.word is not None:
                found.append(f"{before} {entry.word}")
                if entry.word.isdigit() and before.isalpha() and len(before) <= _SHORT_LETTERS:
                    found.append(before + entry.word)
            before = entry.word
        return found

    def words(self, text: str) -> list[str]:
        """Return the terms without pairs: what a passage must hold to speak of the text."""
        return [term for entry in self._walk(text) for term in entry.terms]

    def places(self, text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
        """Yield where in the text its terms stand: beginning, end, and the terms of each place.

        In scripts without spaces every character is a place, of the pairs that it is part of.
        """
        for chunk in _CHUNK.finditer(text):
            place = chunk.start()
            for run in _UNSPACED_RUN.finditer(text, chunk.start(), chunk.end()):
                if place < run.start():
                    yield place, run.start(), frozenset(self.words(text[place : run.start()]))
                letters = run.group()
                for i in range(len(letters)):
                    pairs = letters[max(i - 1, 0) : i + 1], letters[i : i + 2]
                    held = frozenset(map(normalised, pairs)) - CHARACTERS
                    yield run.start() + i, run.start() + i + 1, held
                place = run.end()
            if place < chunk.end():
                yield place, chunk.end(), frozenset(self.words(text[place : chunk.end()]))

    def _walk(self, text: str) -> Iterator[_Entry]:
        entries = self._entries
        for chunk in _CHUNK.findall(normalised(text)):
            entry = entries.get(chunk)
            if entry is None:
                if len(entries) >= _CACHED_WORDS:
                    entries.clear()
                entry = entries[chunk] = self._read(chunk)
            yield entry

    def _read(self, chunk: str) -> _Entry:
        if _PLAIN.fullmatch(chunk):
            return self._word(chunk)
        if _UNSPACED_RUN.search(chunk):
            return self._unspaced(chunk)
        bare = chunk.removesuffix("'s").removesuffix("’s").translate(_APOSTROPHES)
        parts = _PARTS.findall(bare)
        if len(parts) == 1 and parts[0] == bare:
            return self._word(bare)
        return self._compound(bare, parts)

    def _word(self, word: str) -> _Entry:
        if word in ENGLISH:
            return _STOP
        stem = self.stem(word)
        return _Entry((stem,), stem)

    def stem(self, word: str) -> str:
        """Return the stem of one word in lower case, without accents."""
        stem = self._stems.get(word)
        if stem is None:
            if len(self._stems) >= _CACHED_WORDS:
                self._stems.clear()
            stem = self._stems[word] = self._stemmed(word[:_LONGEST_WORD])
        return stem

    def _stemmed(self, word: str) -> str:
        if not word[:1].isdigit():
            # The stemmer keeps the word that it works on in itself.
            with self._one_at_a_time:
                word = self._stemmer.stemWord(word)
        return word if word.isascii() else _without_accents(word)

    def _compound(self, text: str, parts: list[str]) -> _Entry:
        """TB-204 gives tb204, tb and 204; check-in gives checkin and check."""
        whole = "".join(letter for letter in text if letter.isalnum() or letter in "+#")
        if not any(letter.isdigit() for letter in whole):
            whole = self.stem(whole)
        kept = [self.stem(part) for part in parts if part not in ENGLISH]
        terms = tuple(dict.fromkeys([whole[:_LONGEST_WORD], *kept]))
        return _Entry(terms, terms[0])

    def _unspaced(self, chunk: str) -> _Entry:
        """Characters and pairs of characters; other words inside the chunk are kept as words."""
        terms: list[str] = []
        place = 0
        for run in _UNSPACED_RUN.finditer(chunk):
            terms.extend(self._between(chunk[place : run.start()]))
            for letters in _UNSPACED_STOP.split(run.group()):
                terms.extend(letter for letter in letters if letter not in CHARACTERS)
                terms.extend(letters[i : i + 2] for i in range(len(letters) - 1))
            place = run.end()
        terms.extend(self._between(chunk[place:]))
        return _Entry(tuple(terms), None)

    def _between(self, text: str) -> Iterator[str]:
        for chunk in _CHUNK.findall(text):
            yield from self._read(chunk).terms


@cache
def analyser(language: str = "en") -> Analyser:
    """Return the shared analyser of a language; unknown languages are read as English."""
    return Analyser(language)


def stemming(language: str) -> str:
    """Return the language whose stems are used for it, so that equals are read once."""
    code = language.split("-")[0].lower()
    return code if code in _STEMMERS else "en"


def normalised(text: str) -> str:
    """Return the text with one form for each letter, in lower case."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).casefold().translate(SIMPLIFIED)


def weight(term: str) -> float:
    """Return how much a term of the question counts beside a whole word."""
    if " " in term:
        return PAIR_WEIGHT
    return CHARACTER_WEIGHT if len(term) == 1 and _UNSPACED_RUN.match(term) else 1.0


def weighted(
    text: str, languages: Iterable[str] = ("en",), factor: float = 1.0
) -> dict[str, float]:
    """Return the question's terms with their weights, read in every language of the index."""
    weights: dict[str, float] = {}
    for language in languages:
        mine: dict[str, float] = {}
        for term in analyser(language).terms(text):
            mine[term] = mine.get(term, 0.0) + weight(term) * factor
        for term, value in mine.items():
            weights[term] = max(weights.get(term, 0.0), value)
    return weights


def share_unspaced(text: str) -> float:
    """Return the share of the text's letters that belong to scripts written without spaces."""
    if text.isascii():
        return 0.0
    letters = sum(letter.isalnum() for letter in text)
    unspaced = sum(len(run) for run in _UNSPACED_RUN.findall(text))
    return min(1.0, unspaced / letters) if letters else 0.0


def fold(text: str) -> str:
    """Return the text normalised and without accents."""
    text = normalised(text)
    return text if text.isascii() else _without_accents(text)


def _without_accents(word: str) -> str:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", plain)

"""The keyword index of one workspace: passages in, a question's view out.

Passages are told apart by their ids, so that applying a change twice changes nothing. The index
is safe to use from many threads; one question at a time reads it.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval import turns_before
from supportapp.retrieval.analysis import analyser, stemming, weighted
from supportapp.retrieval.keyword import PostingsBM25, best
from supportapp.retrieval.postings import Column, Integers
from supportapp.retrieval.subjects import Subjects
from supportapp.retrieval.synonyms import Expansion, Group, Terms, compiled, expand
from supportapp.retrieval.values import Limits, SearchQuery
from supportapp.retrieval.view import KeywordView, Word

TITLE_TIMES = 2
HEADINGS_TIMES = 1
SUBJECT_TIMES = 1
ALIAS_TIMES = 1
TAG_TIMES = 1
_NO_TOPIC = -1
_COMPACT_AT_LEAST = 5000
_TABLES = (
    "_slot_of", "_audience_numbers", "_topic_numbers", "_topic_sizes", "_article_sizes",
    "_languages", "_language_of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """What the index reads of a passage."""

    id: int
    article: int
    title: str
    headings: Sequence[str]
    text: str
    audience: str
    language: str
    subject: str
    aliases: Sequence[str]
    tags: Sequence[str]

    def fields(self) -> Iterator[tuple[str, int]]:
        """Yield each field's text, and how often it counts."""
        # A title made from the beginning of the text isn't counted twice.
        if not self.text.startswith(self.title.rstrip("…").rstrip()):
            yield self.title, TITLE_TIMES
        yield "\n".join(self.headings), HEADINGS_TIMES
        yield self.subject, SUBJECT_TIMES
        for alias in self.aliases:
            yield alias, ALIAS_TIMES
        for tag in self.tags:
            yield tag, TAG_TIMES
        yield self.text, 1

    def terms(self) -> list[str]:
        """Return the terms of all fields, read in the passage's language."""
        read = analyser(stemming(self.language)).terms
        return [term for text, times in self.fields() if text for term in read(text) * times]

    @property
    def topic(self) -> str:
        """Return what the passage is about; where there is no subject, its first tag."""
        return self.subject or (self.tags[0] if self.tags else "")


class WorkspaceIndex:
    """The live passages of one workspace, as of one generation."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self._lock = threading.RLock()
        self._bm25 = PostingsBM25()
        self._ids = Column(np.int64)
        self._audiences = Column(np.int16)
        self._topics = Column(np.int32)
        self._articles = Column(np.int64)
        self._slot_of: dict[int, int] = {}
        self._audience_numbers: dict[str, int] = {}
        self._topic_numbers: dict[str, int] = {}
        self._topic_sizes: Counter[int] = Counter()
        self._article_sizes: Counter[int] = Counter()
        self._languages: Counter[str] = Counter()
        self._language_of: dict[int, str] = {}
        self._subjects: Subjects | None = None
        self._synonyms: tuple[Group, ...] = ()

    def __len__(self) -> int:
        return len(self._bm25.postings)

    @property
    def wasteful(self) -> bool:
        """Return whether more was removed than is left, so that loading afresh pays."""
        removed = self._bm25.postings.removed
        return removed > max(_COMPACT_AT_LEAST, len(self))

    def apply(
        self, added: Iterable[IndexedPassage], removed: Iterable[int], generation: int
    ) -> None:
        """Bring the index to a generation; passages known already are passed over."""
        with self._lock:
            fresh = [passage for passage in added if passage.id not in self._slot_of]
            self._bm25.add(passage.terms() for passage in fresh)
            for passage in fresh:
                self._note(passage)
            self._take_out(removed)
            self.generation = max(self.generation, generation)

    def _note(self, passage: IndexedPassage) -> None:
        slot = self._ids.size
        self._slot_of[passage.id] = slot
        self._ids.extend([passage.id])
        self._articles.extend([passage.article])
        self._article_sizes[passage.article] += 1
        audience = self._audience_numbers.setdefault(passage.audience, len(self._audience_numbers))
        self._audiences.extend([audience])
        language = stemming(passage.language)
        self._languages[language] += 1
        self._language_of[slot] = language
        topic = _NO_TOPIC
        if passage.topic:
            topic = self._topic_numbers.setdefault(passage.topic, len(self._topic_numbers))
            self._topic_sizes[topic] += 1
            if self._topic_sizes[topic] == 1:
                self._subjects = None
        self._topics.extend([topic])

    def _take_out(self, passages: Iterable[int]) -> None:
        live = self._bm25.postings.live
        known = (self._slot_of[passage] for passage in passages if passage in self._slot_of)
        slots = [slot for slot in known if live[slot]]
        self._bm25.remove(slots)
        for slot in slots:
            self._languages[self._language_of.pop(slot)] -= 1
            self._article_sizes[int(self._articles.values[slot])] -= 1
            topic = int(self._topics.values[slot])
            if topic != _NO_TOPIC:
                self._topic_sizes[topic] -= 1
                if not self._topic_sizes[topic]:
                    self._subjects = None

    def copy(self) -> WorkspaceIndex:
        """Return a twin to try changes on, which don't reach this one."""
        with self._lock:
            twin = WorkspaceIndex(self.generation)
            twin._bm25 = self._bm25.copy()
            for name in ("_ids", "_audiences", "_topics", "_articles"):
                setattr(twin, name, getattr(self, name).fork())
            for name in _TABLES:
                setattr(twin, name, getattr(self, name).copy())
            twin._synonyms = self._synonyms
        return twin

    def use_synonyms(self, groups: Sequence[Group]) -> None:
        """Widen questions by these groups from now on."""
        with self._lock:
            self._synonyms = tuple(groups)

    def look(self, query: SearchQuery, audiences: frozenset[str], limits: Limits) -> KeywordView:
        """Return what the index says about the question, for these audiences alone."""
        with self._lock:
            languages = sorted(language for language, count in self._languages.items() if count)
            allowed = self._allowed(audiences)
            rules = compiled(self._synonyms, tuple(languages))
            asked = expand(weighted(query.text, languages), rules)
            scores = np.where(allowed, self._bm25.weighted_scores(asked.weights), 0.0)
            earlier = turns_before.terms(query, languages, limits.turns)
            context_scores = np.where(allowed, self._bm25.weighted_scores(earlier), 0.0)
            strengths = self._strengths(query)
            ranked = best(scores, limits.candidates)
            return KeywordView(
                question=query.text,
                asked=asked,
                earlier=earlier,
                generation=self.generation,
                passages=len(self),
                scores=scores,
                context_scores=context_scores,
                topics=self._topics.values,
                articles=self._articles.values,
                article_sizes=self._article_sizes,
                strengths=strengths,
                slot_of=self._slot_of,
                ranked=tuple(self._ids.values[ranked].tolist()),
                in_focus=self._in_focus(strengths, scores, allowed, limits.focus),
                words=self._words(query.text, languages, asked),
            )

    def _allowed(self, audiences: frozenset[str]) -> NDArray[np.bool_]:
        numbers = [self._audience_numbers.get(audience, -1) for audience in audiences]
        allowed: NDArray[np.bool_] = (
            np.isin(self._audiences.values, numbers) & self._bm25.postings.live
        )
        return allowed

    def _strengths(self, query: SearchQuery) -> dict[int, float]:
        if self._subjects is None:
            live = [name for name, n in self._topic_numbers.items() if self._topic_sizes[n]]
            self._subjects = Subjects(live, self._share_elsewhere, self._is_word)
        texts = [utterance.text for utterance in query.context] + [query.text]
        names = self._subjects.names
        return {
            self._topic_numbers[names[number]]: strength
            for number, strength in self._subjects.in_focus(texts).items()
        }

    def _share_elsewhere(self, word: str, subjects: frozenset[str]) -> float:
        own = [self._topic_numbers[subject] for subject in subjects]
        others = len(self) - sum(self._topic_sizes[topic] for topic in own)
        slots, _ = self._bm25.postings.find(analyser().stem(word))
        holding = np.count_nonzero(~np.isin(self._topics.values[slots], own))
        return holding / others if others else 0.0

    def _is_word(self, word: str) -> bool:
        return self._bm25.postings.holders(analyser().stem(word)) > 0

    def _in_focus(
        self,
        strengths: dict[int, float],
        scores: NDArray[np.float64],
        allowed: NDArray[np.bool_],
        count: int,
    ) -> tuple[int, ...]:
        """Return passages about the strongest subjects; of large ones those with the words."""
        found: list[int] = []
        for topic in sorted(strengths, key=lambda number: -strengths[number]):
            slots = np.flatnonzero((self._topics.values == topic) & allowed)
            order = np.argsort(-scores[slots], kind="stable")
            found.extend(slots[order][: count - len(found)].tolist())
            if len(found) >= count:
                break
        return tuple(self._ids.values[found].tolist())

    def contributions(
        self, weights: Mapping[str, float], passages: Sequence[int]
    ) -> dict[str, dict[int, float]]:
        """Return what each term adds to the keyword scores of those passages that hold it."""
        with self._lock:
            known = [number for number in passages if number in self._slot_of]
            slots = {self._slot_of[number]: number for number in known}
            found: dict[str, dict[int, float]] = {}
            for term, weight in weights.items():
                held, added = self._bm25.weighted_contribution(term, weight)
                places = np.flatnonzero(np.isin(held, list(slots)))
                found[term] = {slots[int(held[place])]: float(added[place]) for place in places}
            return found

    def idf_of(self, term: str) -> float:
        """Return how rare the term is among the live passages; 0 where none holds it."""
        with self._lock:
            return self._bm25.idf_of(term)

    def topics(self, strengths: Mapping[int, float]) -> dict[str, float]:
        """Return the names of a view's subjects, the strongest first."""
        with self._lock:
            names = {number: name for name, number in self._topic_numbers.items()}
        strongest = sorted(strengths, key=lambda number: -strengths[number])
        return {names[number]: strengths[number] for number in strongest}

    def _words(self, text: str, languages: Sequence[str], asked: Expansion) -> tuple[Word, ...]:
        """Return the question's words; one that no passage holds weighs most.

        A passage that says it in a synonym's words holds it too.
        """
        read = analyser(languages[0] if languages else "en").words
        unheard = math.log(len(self) + 1)
        words = []
        for term in dict.fromkeys(read(text)):
            slots, _ = self._bm25.postings.find(term)
            for phrase in asked.equivalents(term):
                slots = np.union1d(slots, self._holding(phrase))
            weight = math.log((len(self) + 1) / len(slots)) if len(slots) else unheard
            words.append(Word(weight, slots))
        return tuple(words)

    def _holding(self, phrase: Terms) -> Integers:
        """Return the slots that hold every term of the phrase."""
        held = [self._bm25.postings.find(term)[0] for term in phrase]
        return reduce(np.intersect1d, held)

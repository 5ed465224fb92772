"""The keyword index of one workspace: passages in, a question's view out.

Passages are told apart by their ids, so that applying a change twice changes nothing. The index
is safe to use from many threads; one question at a time reads it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval import analysis, turns_before
from supportapp.retrieval.analysis import analyser, normalised, stemming, weighted
from supportapp.retrieval.keyword import PostingsBM25, best
from supportapp.retrieval.roster import Roster
from supportapp.retrieval.snapshot import Snapshot
from supportapp.retrieval.stored import Integers, StoredPostings
from supportapp.retrieval.subjects import Subjects
from supportapp.retrieval.synonyms import Expansion, Group, Terms, compiled, expand
from supportapp.retrieval.values import Limits, SearchQuery
from supportapp.retrieval.view import KeywordView, Word

TITLE_TIMES = 2
HEADINGS_TIMES = 1
SUBJECT_TIMES = 1
ALIAS_TIMES = 1
TAG_TIMES = 1
# Passages are alike in length, so length says less than in the library's setting (1.5, 0.75).
K1 = 0.9
B = 0.4
_COMPACT_AT_LEAST = 5000


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

    def __init__(
        self, generation: int, snapshot: Snapshot | None = None, *, k1: float = K1, b: float = B
    ) -> None:
        """Start with nothing, or with what a snapshot of this generation holds."""
        self.generation = generation
        self.base_generation = snapshot.generation if snapshot else 0
        self._lock = threading.RLock()
        base = StoredPostings.stored(snapshot.arrays) if snapshot else None
        self._bm25 = PostingsBM25(k1=k1, b=b, base=base)
        self._roster = Roster(snapshot.arrays, snapshot.names) if snapshot else Roster()
        self._subjects: Subjects | None = None
        self._subjects_version = -1
        self._synonyms: tuple[Group, ...] = ()

    def __len__(self) -> int:
        return len(self._bm25.postings)

    @property
    def wasteful(self) -> bool:
        """Return whether more was removed than is left, so that loading afresh pays."""
        removed = self._bm25.postings.removed
        return removed > max(_COMPACT_AT_LEAST, len(self))

    @property
    def changes(self) -> int:
        """Return how many passages came or went since the snapshot."""
        return self._bm25.postings.changes

    def apply(
        self, added: Iterable[IndexedPassage], removed: Iterable[int], generation: int
    ) -> None:
        """Bring the index to a generation; passages known already are passed over."""
        with self._lock:
            fresh = [passage for passage in added if passage.id not in self._roster.slot_of]
            self._bm25.add(passage.terms() for passage in fresh)
            for passage in fresh:
                self._roster.add(passage)
            self._take_out(removed)
            self.generation = max(self.generation, generation)

    def _take_out(self, passages: Iterable[int]) -> None:
        live, slot_of = self._bm25.postings.live, self._roster.slot_of
        known = (slot_of[passage] for passage in passages if passage in slot_of)
        slots = [slot for slot in known if live[slot]]
        self._bm25.remove(slots)
        for slot in slots:
            self._roster.remove(slot)

    def copy(self) -> WorkspaceIndex:
        """Return a twin to try changes on, which don't reach this one."""
        with self._lock:
            twin = WorkspaceIndex(self.generation)
            twin._bm25, twin._roster = self._bm25.copy(), self._roster.copy()
            twin._synonyms = self._synonyms
        return twin

    def frozen(self, label: Mapping[str, str]) -> Snapshot:
        """Return a snapshot of the live passages, in the order of their ids."""
        with self._lock:
            live = np.flatnonzero(self._bm25.postings.live)
            slots = live[np.argsort(self._roster.ids[live], kind="stable")]
            arrays, names = self._roster.frozen(slots)
            arrays |= self._bm25.postings.frozen(slots).arrays()
            return Snapshot(self.generation, arrays, names, label)

    def use_synonyms(self, groups: Sequence[Group]) -> None:
        """Widen questions by these groups from now on."""
        with self._lock:
            self._synonyms = tuple(groups)

    def look(self, query: SearchQuery, audiences: frozenset[str], limits: Limits) -> KeywordView:
        """Return what the index says about the question, for these audiences alone."""
        with self._lock:
            languages = self._roster.languages()
            allowed = self._roster.allowed(audiences, self._bm25.postings.live)
            rules = compiled(self._synonyms, tuple(languages))
            asked = expand(weighted(query.text, languages), rules)
            scores = self._bm25.weighted_scores(asked.weights)
            scores *= allowed
            earlier = turns_before.terms(query, languages, limits.turns)
            context_scores = self._bm25.weighted_scores(earlier)
            if earlier:
                context_scores *= allowed
            strengths = self._strengths(query)
            ranked = best(scores, limits.candidates)
            return KeywordView(
                question=query.text,
                asked=asked,
                earlier=earlier,
                generation=self.generation,
                passages=len(self),
                readable=int(np.count_nonzero(allowed)),
                scores=scores,
                context_scores=context_scores,
                topics=self._roster.topics,
                articles=self._roster.articles,
                article_sizes=self._roster.article_sizes,
                strengths=strengths,
                slot_of=self._roster.slot_of,
                ranked=tuple(self._roster.ids[ranked].tolist()),
                in_focus=self._in_focus(strengths, scores, allowed, limits.focus),
                words=self._words(query.text, languages, asked),
            )

    def _strengths(self, query: SearchQuery) -> dict[int, float]:
        if self._subjects is None or self._subjects_version != self._roster.topics_version:
            live = self._roster.live_topics()
            self._subjects = Subjects(live, self._share_elsewhere, self._is_word)
            self._subjects_version = self._roster.topics_version
        texts = [utterance.text for utterance in query.context] + [query.text]
        names = self._subjects.names
        return {
            self._roster.topic(names[number]): strength
            for number, strength in self._subjects.in_focus(texts).items()
        }

    def _share_elsewhere(self, word: str, subjects: frozenset[str]) -> float:
        own = [self._roster.topic(subject) for subject in subjects]
        others = len(self) - sum(self._roster.topic_size(topic) for topic in own)
        slots, _ = self._bm25.postings.find(analyser().stem(word))
        is_own = np.zeros(self._roster.topics_ever + 1, dtype=np.bool_)
        is_own[own] = True  # NO_TOPIC, -1, is the last place, and never among them
        holding = len(slots) - np.count_nonzero(is_own[self._roster.topics[slots]])
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
            slots = self._roster.about(topic)
            slots = slots[allowed[slots]]
            order = np.argsort(-scores[slots], kind="stable")
            found.extend(slots[order][: count - len(found)].tolist())
            if len(found) >= count:
                break
        return tuple(self._roster.ids[found].tolist())

    def contributions(
        self, weights: Mapping[str, float], passages: Sequence[int]
    ) -> dict[str, dict[int, float]]:
        """Return what each term adds to the keyword scores of those passages that hold it."""
        with self._lock:
            slot_of = self._roster.slot_of
            slots = {slot_of[number]: number for number in passages if number in slot_of}
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

    def holders(self, word: str) -> int:
        """Return how many passages hold the word, stemmed in any language of the index.

        A word of a synonym is as good as held.
        """
        with self._lock:
            languages = self._roster.languages()
            stems = {analyser(language).stem(normalised(word)) for language in languages}
            held = max((self._bm25.postings.holders(stem) for stem in stems), default=0)
            if not held and self._synonyms:
                rules = compiled(self._synonyms, tuple(languages))
                held = int(any(stems & rule.said for rule in rules))
        return held

    def known(self, terms: Sequence[str]) -> list[str]:
        """Return those of the terms that passages hold."""
        with self._lock:
            return self._bm25.postings.known(terms)

    def topics(self, strengths: Mapping[int, float]) -> dict[str, float]:
        """Return the names of a view's subjects, the strongest first."""
        with self._lock:
            names = self._roster.topic_names()
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
            rarity = math.log((len(self) + 1) / len(slots)) if len(slots) else unheard
            words.append(Word(rarity * analysis.weight(term), slots))
        return tuple(words)

    def _holding(self, phrase: Terms) -> Integers:
        """Return the slots that hold every term of the phrase."""
        held = [self._bm25.postings.find(term)[0] for term in phrase]
        return reduce(np.intersect1d, held)

"""Who is who in the index: each slot's passage, article, audience, topic and language, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from supportapp.retrieval.analysis import stemming
from supportapp.retrieval.numbers import Numbers
from supportapp.retrieval.postings import Column

NO_TOPIC = -1
_COLUMNS: dict[str, type[np.generic]] = {
    "ids": np.int64, "articles": np.int64, "audiences": np.int16, "topics": np.int32,
    "languages": np.int16,
}  # fmt: skip
_NAMED = {"audiences": "audience", "topics": "topic", "languages": "language"}


class Placed(Protocol):
    """What the roster reads of a passage."""

    @property
    def id(self) -> int: ...
    @property
    def article(self) -> int: ...
    @property
    def audience(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def topic(self) -> str: ...


class Roster:
    """Slots in order; one that was taken out stays listed and no longer counts."""

    def __init__(
        self,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        names: Mapping[str, list[str]] | None = None,
    ) -> None:
        stored = arrays or {}
        self._columns = {name: Column(kind, stored.get(name)) for name, kind in _COLUMNS.items()}
        self._numbers = {
            name: {each: number for number, each in enumerate((names or {}).get(name, ()))}
            for name in _NAMED
        }
        self._sizes = {name: _sizes(stored.get(name)) for name in _NAMED}
        self.slot_of = Numbers(stored.get("ids"), np.arange(self._columns["ids"].size))
        self.article_sizes = Numbers(stored.get("article_ids"), stored.get("article_sizes"))
        self._about = stored.get("topic_slots"), stored.get("topic_ends")
        self._added_about: dict[int, list[int]] = {}
        self._allowed: dict[frozenset[str], NDArray[np.bool_]] = {}
        # Counts how often the set of topics changed.
        self.topics_version = 0

    @property
    def ids(self) -> NDArray[np.int64]:
        """Return each slot's passage."""
        return self._columns["ids"].values

    @property
    def articles(self) -> NDArray[np.int64]:
        """Return each slot's article."""
        return self._columns["articles"].values

    @property
    def topics(self) -> NDArray[np.int32]:
        """Return the number of each slot's topic."""
        return self._columns["topics"].values

    def add(self, passage: Placed) -> None:
        """Give the passage the next slot."""
        slot = self._columns["ids"].size
        self.slot_of[passage.id] = slot
        self.article_sizes.add(passage.article, 1)
        topic = self._count("topics", passage.topic) if passage.topic else NO_TOPIC
        if topic != NO_TOPIC:
            self._added_about.setdefault(topic, []).append(slot)
        row = {
            "ids": passage.id,
            "articles": passage.article,
            "audiences": self._count("audiences", passage.audience),
            "topics": topic,
            "languages": self._count("languages", stemming(passage.language)),
        }
        for name, value in row.items():
            self._columns[name].extend([value])
        self._allowed = {}

    def _count(self, column: str, name: str) -> int:
        numbers = self._numbers[column]
        number = numbers.setdefault(name, len(numbers))
        self._sizes[column][number] += 1
        if column == "topics" and self._sizes[column][number] == 1:
            self.topics_version += 1
        return number

    def remove(self, slot: int) -> None:
        """Count the slot's passage no longer."""
        self.article_sizes.add(int(self.articles[slot]), -1)
        for column in _NAMED:
            number = int(self._columns[column].values[slot])
            if number == NO_TOPIC:
                continue
            self._sizes[column][number] -= 1
            if column == "topics" and not self._sizes[column][number]:
                self.topics_version += 1
        self._allowed = {}

    def languages(self) -> list[str]:
        """Return the languages of the live passages, in order of their codes."""
        sizes = self._sizes["languages"]
        return sorted(name for name, n in self._numbers["languages"].items() if sizes[n])

    def live_topics(self) -> list[str]:
        """Return the names of the live passages' topics."""
        sizes = self._sizes["topics"]
        return [name for name, number in self._numbers["topics"].items() if sizes[number]]

    @property
    def topics_ever(self) -> int:
        """Return how many topics have numbers."""
        return len(self._numbers["topics"])

    def topic(self, name: str) -> int:
        """Return a topic's number."""
        return self._numbers["topics"][name]

    def topic_names(self) -> dict[int, str]:
        """Return the topics' names by number."""
        return {number: name for name, number in self._numbers["topics"].items()}

    def topic_size(self, topic: int) -> int:
        """Return how many live passages are about the topic."""
        return self._sizes["topics"][topic]

    def about(self, topic: int) -> NDArray[np.int64]:
        """Return the slots about a topic, ascending, also those taken out."""
        slots, ends = self._about
        found: Iterable[int] = ()
        if slots is not None and ends is not None and topic < len(ends):
            found = slots[int(ends[topic - 1]) if topic else 0 : int(ends[topic])]
        return np.concatenate(
            [np.asarray(found, np.int64), np.array(self._added_about.get(topic, ()), np.int64)]
        )

    def allowed(self, audiences: frozenset[str], live: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which slots hold live passages for these audiences."""
        found = self._allowed.get(audiences)
        if found is None:
            numbers = [self._numbers["audiences"].get(audience, -1) for audience in audiences]
            found = np.isin(self._columns["audiences"].values, numbers) & live
            self._allowed[audiences] = found
        return found

    def copy(self) -> Roster:
        """Return a twin whose changes don't reach this one."""
        twin = Roster()
        twin._columns = {name: column.fork() for name, column in self._columns.items()}
        twin._numbers = {name: numbers.copy() for name, numbers in self._numbers.items()}
        twin._sizes = {name: sizes.copy() for name, sizes in self._sizes.items()}
        twin.slot_of, twin.article_sizes = self.slot_of.copy(), self.article_sizes.copy()
        twin._about = self._about
        twin._added_about = {topic: slots.copy() for topic, slots in self._added_about.items()}
        return twin

    def frozen(
        self, slots: NDArray[np.int64]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
        """Return arrays and names of these slots alone, in this order: by passage, ascending."""
        arrays = {name: column.values[slots] for name, column in self._columns.items()}
        names: dict[str, list[str]] = {}
        for column in _NAMED:
            arrays[column], names[column] = _renumbered(arrays[column], list(self._numbers[column]))
        articles, sizes = np.unique(arrays["articles"], return_counts=True)
        topics = arrays["topics"]
        by_topic = np.argsort(topics, kind="stable").astype(np.int32)
        arrays |= {
            "article_ids": articles,
            "article_sizes": sizes,
            "topic_slots": by_topic[np.count_nonzero(topics == NO_TOPIC) :],
            "topic_ends": np.cumsum(
                np.bincount(topics[topics != NO_TOPIC], minlength=len(names["topics"]))
            ),
        }
        return arrays, names


def _sizes(numbers: NDArray[Any] | None) -> Counter[int]:
    if numbers is None:
        return Counter()
    found, counts = np.unique(numbers, return_counts=True)
    return Counter(
        {int(n): int(count) for n, count in zip(found, counts, strict=True) if n != NO_TOPIC}
    )


def _renumbered(numbers: NDArray[Any], names: Sequence[str]) -> tuple[NDArray[Any], list[str]]:
    """Number what is still in use anew, by first appearance."""
    found, first = np.unique(numbers, return_index=True)
    order = [int(found[place]) for place in np.argsort(first) if found[place] != NO_TOPIC]
    new = np.full(len(names) + 1, NO_TOPIC, dtype=numbers.dtype)  # the last one is NO_TOPIC's
    new[order] = np.arange(len(order))
    return new[numbers], [names[number] for number in order]

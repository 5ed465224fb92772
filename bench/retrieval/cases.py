"""Questions with all that a ranking rests on, so that other weights can be tried in a moment.

Every question is searched by the product's own index and embedder. What is kept of it is what the
product's `fusion.blend` and `fusion.parts` take, so that a try is the product's ranking under other
weights and nothing else. Passages are proposed as the search proposes them, only more of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.retrieval.labelled import Labelled, LabelledSet
from supportapp.evals import ranking
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import PassageEmbedding
from supportapp.retrieval import fusion, indexes
from supportapp.retrieval.fusion import WEIGHTS, Weights
from supportapp.retrieval.index import WorkspaceIndex
from supportapp.retrieval.search import spelt
from supportapp.retrieval.values import Limits, SearchQuery
from supportapp.retrieval.view import Signals

PUBLIC = frozenset({"public", "customers"})
NEAREST = 150
LIMITS = Limits(candidates=150)
DEPTH = 10
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Material:
    """A workspace's vectors in memory, and what each passage is judged as."""

    passages: NDArray[np.int64]
    vectors: Matrix
    lines: Mapping[int, Matrix]
    names: Mapping[int, str]
    places: Mapping[int, int]


@dataclass(frozen=True)
class Case:
    """One question: its readings' vectors, and the proposed passages with their signals."""

    group: str
    text: str
    readings: Matrix
    vectors: Matrix
    lines: tuple[Matrix | None, ...]
    signals: Signals
    strongest: float
    passages: tuple[int, ...]
    names: tuple[str, ...]
    grades: Mapping[str, int]

    def ndcg(self, weights: Weights, *, with_vectors: bool = True) -> float:
        """Return nDCG@10 of the ranking that these weights give."""
        return ranking.ndcg(self.ranked(weights, with_vectors=with_vectors), self.grades, DEPTH)

    def ranked(self, weights: Weights, *, with_vectors: bool = True) -> list[str]:
        """Return the first of the ranking that these weights give."""
        question = fusion.blend(self.readings, self.strongest, weights)
        near = (self.vectors @ question).tolist() if with_vectors else [None] * len(self.passages)
        parts = fusion.parts(near, self.signals, self.text, self.strongest, weights)
        if with_vectors and weights.line:
            leading = fusion.order(self.passages, parts.scores)[: LIMITS.lines]
            gains = fusion.line_gains(
                parts.named["cosine"], self._of_lines(question, leading), weights
            )
            parts = fusion.with_lines(parts, gains, weights)
        order = fusion.order(self.passages, parts.scores)
        return list(dict.fromkeys(self.names[place] for place in order))[:DEPTH]

    def _of_lines(self, question: NDArray[np.float32], leading: Sequence[int]) -> fusion.Row:
        near = np.full(len(self.passages), np.nan)
        for place in leading:
            lines = self.lines[place]
            if lines is not None:
                near[place] = fusion.nearness_of_lines(lines @ question)
        return near


def material(labelled: LabelledSet) -> Material:
    """Load a workspace's vectors."""
    embedder = current_embedder()
    rows = (
        PassageEmbedding.objects.filter(
            passage__workspace=labelled.workspace_id,
            passage__generation_removed__isnull=True,
            model__name=embedder.name,
            state=PassageEmbedding.State.READY,
        )
        .order_by("passage_id")
        .values_list("passage_id", "vector", "lines")
    )
    found = list(rows.iterator())
    return Material(
        passages=np.array([passage for passage, *_ in found]),
        vectors=np.stack([np.asarray(vector, dtype=np.float32) for _, vector, _ in found]),
        lines={passage: lines for passage, _, lines in found if lines is not None and len(lines)},
        names=labelled.names,
        places={passage: place for place, (passage, *_) in enumerate(found)},
    )


@dataclass(frozen=True)
class Asked:
    """One set's cases, with the conversations and with the last message alone."""

    name: str
    family: str
    whole: tuple[Case, ...]
    alone: tuple[Case, ...]

    def ndcgs(self, weights: Weights = WEIGHTS, *, alone: bool = False) -> list[float]:
        """Return nDCG@10 of each question."""
        return [case.ndcg(weights) for case in (self.alone if alone else self.whole)]

    def mean(self, weights: Weights) -> float:
        """Return the mean of both ways of asking; the conversations count twice."""
        whole = float(np.mean(self.ndcgs(weights)))
        if self.alone is self.whole:
            return whole
        return (2 * whole + float(np.mean(self.ndcgs(weights, alone=True)))) / 3


def asked(
    labelled: LabelledSet,
    stored: Material | None = None,
    index: WorkspaceIndex | None = None,
    *,
    with_spelling: bool = False,
) -> Asked:
    """Put a set's answerable questions to its workspace's index, or to the one given."""
    stored = stored or material(labelled)
    index = index or indexes.of(labelled.workspace_id)
    questions = [each for each in labelled.questions if any(g > 0 for g in each.grades.values())]

    def every(*, with_context: bool) -> tuple[Case, ...]:
        queries = (each.query.query(with_context=with_context) for each in questions)
        read = (spelt(query, index, LIMITS) if with_spelling else query for query in queries)
        return tuple(
            _case(each, query, stored, index) for each, query in zip(questions, read, strict=True)
        )

    whole = every(with_context=True)
    alone = whole
    if any(each.query.context for each in questions):
        alone = every(with_context=False)
    return Asked(labelled.name, labelled.family, whole, alone)


def _case(question: Labelled, query: SearchQuery, stored: Material, index: WorkspaceIndex) -> Case:
    readings = _embedded(fusion.readings(query))
    view = index.look(query, PUBLIC, LIMITS)
    known = stored.places
    near = _nearest(readings, stored)
    every = dict.fromkeys((*view.proposed, *near))
    proposed = [passage for passage in every if passage in known and passage in stored.names]
    return Case(
        group=question.group,
        text=query.text,
        readings=readings,
        vectors=stored.vectors[[known[passage] for passage in proposed]],
        lines=tuple(stored.lines.get(passage) for passage in proposed),
        signals=view.signals(proposed),
        strongest=view.strongest,
        passages=tuple(proposed),
        names=tuple(stored.names[passage] for passage in proposed),
        grades=question.grades,
    )


_vectors: dict[str, NDArray[np.float32]] = {}


def _embedded(texts: Sequence[str]) -> Matrix:
    """Embed each text once; the same questions are asked of several indexes."""
    for text in texts:
        if text not in _vectors:
            _vectors[text] = current_embedder().embed([text])[0]
    return np.stack([_vectors[text] for text in texts])


def _nearest(readings: Matrix, stored: Material) -> list[int]:
    """Return what is nearest to any reading, and to their blend."""
    count = min(NEAREST, len(stored.passages))
    found: dict[int, None] = {}
    for vector in [*readings, fusion.blend(readings)]:
        near = stored.vectors @ vector
        best = np.argpartition(-near, count - 1)[:count]
        found |= dict.fromkeys(stored.passages[best].tolist())
    return list(found)

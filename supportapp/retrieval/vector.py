"""The passages nearest to a vector, by pgvector, and the generation they belong to.

One round trip answers three questions in one snapshot: which live passages of the scope are
nearest, how near the passages are that the keyword index proposed, and which generation of the
workspace this is. Large workspaces go through the model's partial HNSW index, scanned on until the
scope's filters have let enough through; in small ones every distance is computed.

Passages that the keyword index proposed aren't filtered once more: it knows who may read what, as
of its generation, and where that differs from the one that comes back, the search starts over.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from supportapp.knowledge.models import (
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.knowledge.vector_indexes import column_type
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.retrieval import statements
from supportapp.retrieval.values import Scope
from supportapp.row_versions import Kept, Rows

_EMBEDDINGS = PassageEmbedding._meta.db_table
_PASSAGES = Passage._meta.db_table
_WORKSPACES = Workspace._meta.db_table
# How many of the nearest the index looks up at once; what filters leave out is made up for ahead,
# since scanning on costs as much again.
_LEAST_SCAN, _MOST_AHEAD, _LARGEST_SCAN = 40, 4.0, 1000
# Table names are ours, so they may stand in the SQL.
_SPACE = f"SELECT id, dimension FROM {EmbeddingModel._meta.db_table} WHERE name = %(name)s"  # noqa: S608  (names of our tables)


@dataclass(frozen=True, slots=True)
class Nearness:
    """Similarities (1: the same direction) by passage, and the nearest passages in order."""

    generation: int
    similarities: dict[int, float]
    nearest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """The stored vectors of one embedding model."""

    model_id: int
    dimension: int

    @classmethod
    def of(cls, name: str, dimension: int) -> VectorSpace | None:
        """Return the model's space, or none where nothing was embedded by it yet.

        Raises EmbeddingMismatch where the stored vectors have another dimension.
        """
        found = _SPACES.of(name)
        if found is None:
            return None
        if found[1] != dimension:
            raise EmbeddingMismatch(f"{name} has {found[1]} dimensions here, not {dimension}")
        return cls(*found)


def _space(name: str) -> tuple[int, int] | None:
    found = statements.rows(_SPACE, {"name": name})
    return (found[0][0], found[0][1]) if found else None


_SPACES = Kept(_space, Rows.of(EmbeddingModel))


# The filters stand in the same statement as the order: HNSW scans on until `near` is full.
_FROM = f"""
    FROM {_EMBEDDINGS} e JOIN {_PASSAGES} p ON p.id = e.passage_id
    WHERE e.model_id = {{model}} AND p.workspace_id = %(workspace)s
      AND p.generation_removed IS NULL AND p.audience = ANY(%(audiences)s)
"""
_DISTANCE = "e.vector::{kind} <=> (SELECT v FROM question)"
# Settings that end with the statement's transaction. The order asks for the question's vector, so
# they are made before the index is scanned.
_SCANNING = """,
    set_config('hnsw.iterative_scan', 'relaxed_order', true),
    set_config('hnsw.ef_search', %(scan)s, true)"""
_BY_INDEX = f"""near AS MATERIALIZED (
    SELECT e.passage_id, {_DISTANCE} AS distance {_FROM} AND e.state = 'ready'
    ORDER BY {_DISTANCE} LIMIT {{count}}
)"""
_EXACT = f"""every AS MATERIALIZED (
    SELECT e.passage_id, {_DISTANCE} AS distance {_FROM} AND e.state = 'ready'
),
near AS MATERIALIZED (SELECT * FROM every ORDER BY distance, passage_id LIMIT {{count}})"""  # noqa: S608  (names of our tables)
_STATEMENT = f"""
WITH question AS MATERIALIZED (SELECT %(vector)s::{{kind}} AS v{{scanning}}),
{{near}},
asked AS MATERIALIZED (
    SELECT e.passage_id, {_DISTANCE} AS distance FROM {_EMBEDDINGS} e
    WHERE e.model_id = {{model}} AND e.state = 'ready' AND e.passage_id = ANY(%(asked)s)
)
SELECT w.generation, c.passage_id, c.distance, c.is_near
FROM {_WORKSPACES} w LEFT JOIN (
    SELECT passage_id, distance, true AS is_near FROM near
    UNION ALL SELECT passage_id, distance, false FROM asked
) c ON true
WHERE w.id = %(workspace)s
"""  # noqa: S608  (names of our tables)
_STORED = f"""
SELECT passage_id, vector_send(vector) FROM {_EMBEDDINGS}
WHERE model_id = %(model)s AND state = 'ready' AND passage_id = ANY(%(passages)s)
"""  # noqa: S608  (names of our tables)


def statement(space: VectorSpace, *, exact: bool, count: int) -> str:
    """Return the SQL; the model and its dimension are literals, for the index is partial, and so
    is the count, which plans depend on."""
    kind = column_type(space.dimension)
    near = (_EXACT if exact else _BY_INDEX).format(model=space.model_id, kind=kind, count=count)
    return _STATEMENT.format(
        model=space.model_id, kind=kind, near=near, scanning="" if exact else _SCANNING
    )


def scanned(count: int, readable: float) -> int:
    """Return how many the index looks up at once to find so many that the filters let through.

    `readable` is the share of the workspace's passages that they let through.
    """
    ahead = min(1 / max(readable, 1 / _MOST_AHEAD), _MOST_AHEAD)
    return min(max(math.ceil(count * ahead), _LEAST_SCAN), _LARGEST_SCAN)


def nearest(
    vector: NDArray[np.float32],
    space: VectorSpace,
    scope: Scope,
    *,
    asked: Collection[int],
    count: int,
    exact: bool,
    readable: float = 1.0,
) -> Nearness:
    """Return the `count` nearest passages of the scope and the similarities of those asked for,
    which must be such as the scope may read."""
    values = {
        "vector": written(vector),
        "workspace": scope.workspace_id,
        "audiences": sorted(scope.audiences),
        "asked": list(asked),
        "scan": str(scanned(count, readable)),
    }
    rows = statements.rows(statement(space, exact=exact, count=count), values)
    similarities = {row[1]: 1.0 - row[2] for row in rows if row[1] is not None}
    near = sorted((row[2], row[1]) for row in rows if row[3])
    return Nearness(
        generation=rows[0][0] if rows else 0,
        similarities=similarities,
        nearest=tuple(passage for _, passage in near),
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """Vectors fetched while it isn't known yet what they will be compared with."""

    passages: tuple[int, ...] = ()
    vectors: NDArray[np.float32] | None = None

    def similarities(self, question: NDArray[np.float32]) -> dict[int, float]:
        """Return how near the question each of the passages is."""
        if self.vectors is None:
            return {}
        lengths = np.linalg.norm(self.vectors, axis=1) * np.linalg.norm(question)
        return dict(zip(self.passages, (self.vectors @ question / lengths).tolist(), strict=True))


def stored(space: VectorSpace, passages: Collection[int]) -> Stored:
    """Fetch the vectors of these passages, which must be such as the scope may read."""
    values = {"model": space.model_id, "passages": list(passages)}
    rows = statements.rows(_STORED, values) if passages else []
    if not rows:
        return Stored()
    # As Postgres sends a vector: its dimension, two unused bytes, and the numbers.
    sent = np.dtype([("head", ">i2", (2,)), ("numbers", ">f4", (space.dimension,))])
    vectors = np.frombuffer(b"".join(row[1] for row in rows), sent)["numbers"]
    return Stored(tuple(row[0] for row in rows), vectors.astype(np.float32))


def written(vector: NDArray[np.float32]) -> str:
    """Return a vector as Postgres reads it."""
    return _written(vector.tobytes())


@lru_cache(maxsize=64)
def _written(numbers: bytes) -> str:
    # Two statements of one search send the same vector.
    vector = np.frombuffer(numbers, np.float32)
    return "[" + ",".join(map("%.7g".__mod__, vector.tolist())) + "]"


def generation(workspace_id: int) -> int:
    """Return the workspace's generation, for searches without vectors."""
    found = Workspace.objects.filter(pk=workspace_id).values_list("generation", flat=True).first()
    return found or 0

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
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from supportapp.knowledge.models import (
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.knowledge.vector_indexes import column_type
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.retrieval.fusion import NEAREST_LINES
from supportapp.retrieval.values import Scope
from supportapp.row_versions import Kept, Rows

_EMBEDDINGS = PassageEmbedding._meta.db_table
_PASSAGES = Passage._meta.db_table
_WORKSPACES = Workspace._meta.db_table
# How many of the nearest the index looks up at once; what filters leave out is made up for ahead,
# since scanning on costs as much again.
_LEAST_SCAN, _MOST_AHEAD, _LARGEST_SCAN = 40, 4.0, 1000
# Table names are ours, so they may stand in the SQL.
_SPACE = f"SELECT id, dimension FROM {EmbeddingModel._meta.db_table} WHERE name = %s"  # noqa: S608  (names of our tables)


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


def _stored(name: str) -> tuple[int, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_SPACE, [name])
        found: tuple[int, int] | None = cursor.fetchone()
    return found


_SPACES = Kept(_stored, Rows.of(EmbeddingModel))


# The filters stand in the same statement as the order: HNSW scans on until `near` is full.
_FROM = f"""
    FROM {_EMBEDDINGS} e JOIN {_PASSAGES} p ON p.id = e.passage_id
    WHERE e.model_id = {{model}} AND p.workspace_id = %(workspace)s
      AND p.generation_removed IS NULL AND p.audience = ANY(%(audiences)s)
"""
_DISTANCE = "e.vector::{kind} <=> (SELECT v FROM question)"
_BY_INDEX = f"""near AS MATERIALIZED (
    SELECT e.passage_id, {_DISTANCE} AS distance {_FROM} AND e.state = 'ready'
    ORDER BY {_DISTANCE} LIMIT %(count)s
)"""
_EXACT = f"""every AS MATERIALIZED (
    SELECT e.passage_id, {_DISTANCE} AS distance {_FROM} AND e.state = 'ready'
),
near AS MATERIALIZED (SELECT * FROM every ORDER BY distance, passage_id LIMIT %(count)s)"""  # noqa: S608  (names of our tables)
_STATEMENT = f"""
WITH question AS MATERIALIZED (SELECT %(vector)s::{{kind}} AS v),
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


# Only passages that passed the filters are asked for their lines.
_LINES = f"""
SELECT e.passage_id, near.distance
FROM {_EMBEDDINGS} e CROSS JOIN LATERAL (
    SELECT avg(distance) AS distance FROM (
        SELECT line <=> %(vector)s::{{kind}} AS distance FROM unnest(e.lines) line
        ORDER BY 1 LIMIT {NEAREST_LINES}
    ) nearest
) near
WHERE e.model_id = %(model)s AND e.passage_id = ANY(%(passages)s) AND near.distance IS NOT NULL
"""  # noqa: S608  (names of our tables)


def statement(space: VectorSpace, *, exact: bool, count: int, readable: float = 1.0) -> str:
    """Return the SQL; the model and its dimension are literals, for the index is partial.

    `readable` is the share of the workspace's passages that the scope's filters let through.
    """
    kind = column_type(space.dimension)
    near = (_EXACT if exact else _BY_INDEX).format(model=space.model_id, kind=kind)
    select = _STATEMENT.format(model=space.model_id, kind=kind, near=near)
    if exact:
        return select
    # Statements sent together are one transaction, so LOCAL ends with this search.
    ahead = min(1 / max(readable, 1 / _MOST_AHEAD), _MOST_AHEAD)
    scan = min(max(math.ceil(count * ahead), _LEAST_SCAN), _LARGEST_SCAN)
    return (
        "SET LOCAL hnsw.iterative_scan = relaxed_order;"
        f" SET LOCAL hnsw.ef_search = {scan}; {select}"
    )


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
    parameters: dict[str, str | int | list[str] | list[int]] = {
        "vector": _written(vector),
        "workspace": scope.workspace_id,
        "audiences": sorted(scope.audiences),
        "asked": list(asked),
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(space, exact=exact, count=count, readable=readable), parameters)
        while cursor.description is None and cursor.nextset():
            pass
        rows = cursor.fetchall()
    similarities = {row[1]: 1.0 - row[2] for row in rows if row[1] is not None}
    near = sorted((row[2], row[1]) for row in rows if row[3])
    return Nearness(rows[0][0] if rows else 0, similarities, tuple(passage for _, passage in near))


def nearest_lines(
    vector: NDArray[np.float32], space: VectorSpace, passages: Sequence[int]
) -> dict[int, float]:
    """Return how near the nearest lines of each of these passages are; some have no lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES.format(kind=f"halfvec({space.dimension})"),
            {
                "vector": _written(vector),
                "model": space.model_id,
                "passages": list(passages),
            },
        )
        return {passage: 1.0 - distance for passage, distance in cursor.fetchall()}


def _written(vector: NDArray[np.float32]) -> str:
    return "[" + ",".join(map("%.7g".__mod__, vector.tolist())) + "]"


def generation(workspace_id: int) -> int:
    """Return the workspace's generation, for searches without vectors."""
    found = Workspace.objects.filter(pk=workspace_id).values_list("generation", flat=True).first()
    return found or 0

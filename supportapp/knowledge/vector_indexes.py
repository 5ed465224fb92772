"""The vector index of each embedding model: partial, so that models never disturb one another."""

from __future__ import annotations

from django.db import connection

from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding

# pgvector indexes longer vectors by their halves, and none that are longer than that.
LONGEST_WHOLE = 2000
LONGEST = 4000
TABLE = PassageEmbedding._meta.db_table


def name_of(model: EmbeddingModel) -> str:
    """Return the name of the model's own index."""
    return f"embedding_vector_{model.pk}"


def column_type(dimension: int) -> str:
    """Return the type as which vectors of a dimension are indexed and compared."""
    return f"{'vector' if dimension <= LONGEST_WHOLE else 'halfvec'}({dimension})"


def ensure(model: EmbeddingModel) -> None:
    """Make the index where it is missing. The numbers are ours, so they may stand in the SQL.

    Outside a transaction it is made beside the work of others, and one that a crash left
    half-made is made anew. Inside one that isn't possible; then the table is small, or new.
    """
    name, kind = name_of(model), column_type(model.dimension)
    with connection.cursor() as cursor:
        if _is_sound(model):
            return
        if connection.in_atomic_block:
            # A table whose foreign keys wait to be checked can't get an index.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"DROP INDEX IF EXISTS {name}")
        cursor.execute(
            f"CREATE INDEX {_beside()} {name} ON {TABLE} USING hnsw"
            f" ((vector::{kind}) {kind.partition('(')[0]}_cosine_ops) WHERE model_id = {model.pk}"
        )


def remove(model: EmbeddingModel) -> None:
    """Remove the index, without making anyone wait where that is possible."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {_beside()} IF EXISTS {name_of(model)}")


def _beside() -> str:
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def _is_sound(model: EmbeddingModel) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name_of(model)]
        )
        found = cursor.fetchone()
    return bool(found and found[0])

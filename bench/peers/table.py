"""A plain table of vectors: what the baselines and Open WebUI's design share.

Searched exactly, unless an index is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import psycopg
from pgvector.psycopg import register_vector

from bench.peers.protocol import Passage, Setup

# As many as are ever asked for at once; pgvector's default of 40 would return fewer.
EF_SEARCH = 200


class Table:
    """Passages by their place, nearest first by cosine."""

    def __init__(self, setup: Setup, name: str) -> None:
        self._name = name
        self._vectors = setup.vectors
        self._approximate = setup.approximate
        self._connection = psycopg.connect(setup.database_url, autocommit=True)
        register_vector(self._connection)
        self._connection.execute(f"SET hnsw.ef_search = {EF_SEARCH}")

    def fill(self, passages: Sequence[Passage]) -> None:
        """Make these the table's rows."""
        self._connection.execute(f"DROP TABLE IF EXISTS {self._name}")
        self._connection.execute(
            f"CREATE TABLE {self._name} (place int PRIMARY KEY, content text,"
            f" vector vector({self._vectors.dimension}))"
        )
        vectors = self._vectors.of_passages([passage.text for passage in passages])
        rows = enumerate(zip(passages, vectors, strict=True))
        copy = f"COPY {self._name} (place, content, vector) FROM STDIN WITH (FORMAT BINARY)"
        with self._connection.cursor().copy(copy) as filled:
            filled.set_types(["int4", "text", "vector"])
            for place, (passage, vector) in rows:
                filled.write_row((place, passage.text, vector))
        if self._approximate:
            self._connection.execute(
                f"CREATE INDEX ON {self._name} USING hnsw (vector vector_cosine_ops)"
            )
        self._connection.execute(f"ANALYZE {self._name}")

    def nearest(self, question: Sequence[float], k: int) -> list[tuple[int, float]]:
        """Return the nearest rows' places with their cosines."""
        vector = np.array(question, dtype=np.float32)
        return self._connection.execute(
            f"SELECT place, 1 - (vector <=> %s) FROM {self._name} ORDER BY vector <=> %s LIMIT %s",
            (vector, vector, k),
        ).fetchall()

    def contents(self) -> list[tuple[int, str]]:
        """Read the whole table."""
        return self._connection.execute(
            f"SELECT place, content FROM {self._name} ORDER BY place"
        ).fetchall()

    def drop(self) -> None:
        """Remove the table and let go of the connection."""
        self._connection.execute(f"DROP TABLE IF EXISTS {self._name}")
        self._connection.close()

"""What a search of the vector index costs from 1,000 passages on: HNSW with the product's settings.

A bare table for each size, so that nothing but the index is measured.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection, transaction
from pgvector.psycopg import register_vector

from bench.scale import filling
from bench.scale.measuring import milliseconds, percentiles

SIZES = (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
QUESTIONS = 300
FOUND = 100
WARM_UP = 30
_NEAREST = "SELECT id FROM made ORDER BY vector <=> %s LIMIT %s"


def run(size: int) -> dict[str, Any]:
    """Build and search a table of every size."""
    real = filling.really_embedded()
    return {str(each): _cost(each, real) for each in SIZES}


def _cost(size: int, real: filling.Vectors) -> dict[str, Any]:
    connection.ensure_connection()
    driver = connection.connection
    with transaction.atomic():
        register_vector(driver)
        with driver.cursor() as cursor:
            built = _build(cursor, size, real)
            spent = _search(cursor, real)
            cursor.execute("DROP TABLE made")
    return {"passages": size, "build_seconds": round(built / 1000, 1), **percentiles(spent)}


def _build(cursor: Any, size: int, real: filling.Vectors) -> float:
    """Make the table and its index; return the milliseconds that the index took."""
    cursor.execute(f"CREATE UNLOGGED TABLE made (id bigint, vector vector({real.shape[1]}))")
    with cursor.copy("COPY made FROM STDIN (FORMAT BINARY)") as stream:
        stream.set_types(["int8", "vector"])
        for number, row in enumerate(_rows(size, real)):
            stream.write_row((number, row))
    cursor.execute("SET LOCAL maintenance_work_mem = '4GB'")
    began = time.perf_counter()
    cursor.execute("CREATE INDEX ON made USING hnsw (vector vector_cosine_ops)")
    return milliseconds(began)


def _search(cursor: Any, real: filling.Vectors) -> list[float]:
    """Return how long each question takes."""
    dice = np.random.default_rng(7)
    asked = real[dice.choice(len(real), QUESTIONS)]
    asked = asked + 0.4 / np.sqrt(asked.shape[1]) * dice.normal(size=asked.shape)
    cursor.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")
    cursor.execute(f"SET LOCAL hnsw.ef_search = {FOUND}")
    cursor.execute("SET LOCAL enable_seqscan = off")
    spent = []
    for vector in [*asked[:WARM_UP], *asked]:
        began = time.perf_counter()
        cursor.execute(_NEAREST, [vector.astype(np.float32), FOUND])
        cursor.fetchall()
        spent.append(milliseconds(began))
    return spent[WARM_UP:]


def _rows(size: int, real: filling.Vectors) -> Any:
    blocks = filling.vectors_for(size, real)
    return islice((row for block in blocks for row in block), size)

"""A column of vectors: as many as a text has lines, of half precision, read as one array."""

from __future__ import annotations

import json

import numpy as np
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class HalfVectorsField(models.Field):  # type: ignore[type-arg]  # no generic at run time
    """pgvector's halfvec[]: rows of one length each, (count, dimension); none is (0, 0)."""

    description = "Vectors of half precision"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column's type."""
        return "halfvec[]"

    def get_placeholder(self, value: object, compiler: object, connection: object) -> str:
        """Return what stands for the value in SQL."""
        return "%s::halfvec[]"

    def get_prep_value(self, value: Rows | None) -> str | None:
        """Return the rows as Postgres reads them."""
        return None if value is None else written(value)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> object:
        """Return the rows as an array."""
        if value is None:
            return None
        rows = json.loads(f"[{value[1:-1].replace(chr(34), '')}]")
        return np.array(rows, dtype=np.float32).reshape(len(rows), -1 if rows else 0)


def written(rows: Rows) -> str:
    """Return rows as Postgres reads an array of vectors."""
    vectors = ("[" + ",".join(map("%.5g".__mod__, row)) + "]" for row in rows.tolist())
    return "{" + ",".join(f'"{vector}"' for vector in vectors) + "}"

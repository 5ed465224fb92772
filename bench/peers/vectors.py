"""The product's own MiniLM for every peer, without Django; passages' vectors are kept on disk.

Questions are always embedded afresh, since that is part of what a search costs.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.peers.outside import pure

Matrix = NDArray[np.float32]
MAKE_TABLE = "CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB)"
BATCH = 512
# SQLite allows some 32,000 variables in one statement.
LOOKED_UP = 5000


class Vectors:
    """Embeds questions, and passages once each."""

    def __init__(self, cache: Path) -> None:
        minilm = pure("llm.minilm")
        self.name: str = minilm.NAME
        self.dimension: int = minilm.DIMENSION
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._model = minilm.load(minilm.weights_folder())
        self._threads = len(os.sched_getaffinity(0))
        self._kept = sqlite3.connect(cache, timeout=60, check_same_thread=False)
        self._kept.execute(
            "CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB)"
        )

    def of_question(self, text: str) -> list[float]:
        """Return a question's vector, computed now."""
        return self._model.encode([text], threads=1)[0].tolist()

    def of_texts(self, texts: Sequence[str]) -> Matrix:
        """Return texts' vectors, computed now."""
        return self._model.encode(texts, threads=1)

    def of_passages(self, texts: Sequence[str]) -> Matrix:
        """Return passages' vectors; what was embedded before is read from disk."""
        hashes = [hashlib.sha256(f"{self.name}\0{text}".encode()).digest() for text in texts]
        known = self._read(hashes)
        missing = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
        wanted = list(missing)
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            made = self._model.encode([missing[h] for h in part], threads=self._threads)
            rows = [(h, vector.tobytes()) for h, vector in zip(part, made, strict=True)]
            with self._kept:
                self._kept.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            known |= dict(rows)
        return np.array([np.frombuffer(known[h], dtype=np.float32) for h in hashes])

    def embed(self, texts: Sequence[str]) -> Matrix:
        """As the product's embedders are called, for its import."""
        return self.of_passages(texts)

    def _read(self, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(hashes), LOOKED_UP):
            part = hashes[start : start + LOOKED_UP]
            marks = ",".join("?" * len(part))
            query = f"SELECT hash, vector FROM vectors WHERE hash IN ({marks})"
            found |= dict(self._kept.execute(query, part))
        return found

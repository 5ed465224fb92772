"""Hand a help centre to the peers: its passages and questions, and the vectors made for it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from bench.scale import corpus, filling, places
from supportapp.knowledge.embeddings import current_embedder

QUESTIONS = 60


def run(size: int) -> dict[str, Any]:
    """Write passages and questions as JSON, and vectors where bench.peers looks for them."""
    out = places.folder() / f"peers-{size}.json"
    cache = out.with_suffix(".sqlite")
    if out.exists():
        return {}
    texts = list(filling.embedding_texts(size))
    name = current_embedder().name
    real = filling.really_embedded()
    with sqlite3.connect(cache) as kept:
        kept.execute("CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB)")
        rows = (row for block in filling.vectors_for(size, real) for row in block)
        kept.executemany(
            "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
            (
                (hashlib.sha256(f"{name}\0{text}".encode()).digest(), row.tobytes())
                for text, row in zip(texts, rows, strict=True)
            ),
        )
    asked = [query.text for query in corpus.questions(size, QUESTIONS)]
    out.write_text(json.dumps({"passages": texts, "questions": asked}), encoding="utf-8")
    return {}

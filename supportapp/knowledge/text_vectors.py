"""What is stored of a passage's meaning: one vector of the whole, and one of each of its lines.

The whole says what a passage is about; a line may say just what was asked, be it one question of
a list, a step, or what customers call the thing (an alias).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from supportapp.knowledge.models import fields
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.llm.protocols import Embedder

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextVectors:
    """The whole text's vector (dimension,) and its lines' vectors (lines, dimension)."""

    whole: Vectors
    lines: Vectors

    def written(self) -> tuple[str, str]:
        """Return both as Postgres reads them: a vector, and an array of vectors."""
        return written(self.whole), fields.written(self.lines)


def embed(texts: Sequence[Sequence[str]], embedder: Embedder) -> list[TextVectors]:
    """Embed texts, each given as its whole and then its lines; equal ones once.

    Raises EmbeddingUnavailable, and EmbeddingMismatch where the model gives another shape.
    """
    every = list(dict.fromkeys(part for parts in texts for part in parts))
    vectors = embed_texts(every, embedder)
    place = {text: number for number, text in enumerate(every)}
    rows = [vectors[[place[part] for part in parts]] for parts in texts]
    return [TextVectors(row[0], row[1:]) for row in rows]


def embed_texts(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Return one vector a text; raises EmbeddingMismatch on any other shape."""
    vectors = embedder.embed(texts)
    if vectors.shape != (len(texts), embedder.dimension):
        raise EmbeddingMismatch(
            f"{embedder.name} gave vectors of shape {vectors.shape}, not"
            f" {(len(texts), embedder.dimension)}."
        )
    return vectors


def written(vector: Vectors) -> str:
    """Return one vector as Postgres reads it."""
    return "[" + ",".join(f"{number:.8g}" for number in vector.tolist()) + "]"

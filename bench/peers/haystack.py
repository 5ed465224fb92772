"""Haystack on pgvector: PgvectorEmbeddingRetriever and PgvectorKeywordRetriever, joined.

As in the documentation of the two retrievers and of DocumentJoiner: one pipeline, join mode
"reciprocal_rank_fusion", exact nearest neighbours unless an index is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

# Read when Haystack is imported: nothing is sent anywhere.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.document_stores.types import DuplicatePolicy
from haystack.utils import Secret
from haystack_integrations.components.retrievers.pgvector import (
    PgvectorEmbeddingRetriever,
    PgvectorKeywordRetriever,
)
from haystack_integrations.document_stores.pgvector import PgvectorDocumentStore

from bench.peers.protocol import Passage, Scored, Setup
from bench.peers.vectors import Vectors

TABLE = "peer_haystack"


@component
class SameVectors:
    """The vectors that all peers share, as Haystack wants them."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        return {"embedding": self._vectors.of_question(text)}


class Haystack:
    """The hybrid pipeline over one table."""

    def __init__(self, setup: Setup) -> None:
        self._vectors = setup.vectors
        self._store = PgvectorDocumentStore(
            connection_string=Secret.from_token(setup.database_url),
            # The extension is there; to make it would take a superuser.
            create_extension=False,
            table_name=TABLE,
            embedding_dimension=setup.vectors.dimension,
            vector_function="cosine_similarity",
            recreate_table=True,
            search_strategy="hnsw" if setup.approximate else "exact_nearest_neighbor",
        )

    def index(self, passages: Sequence[Passage]) -> None:
        vectors = self._vectors.of_passages([passage.text for passage in passages])
        written = [
            Document(
                id=str(place),
                content=passage.text,
                meta={"id": passage.id},
                embedding=vector.tolist(),
            )
            for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True))
        ]
        self._store.write_documents(written, policy=DuplicatePolicy.OVERWRITE)
        self._pipeline = _pipeline(self._store, self._vectors)

    def search(self, text: str, k: int) -> list[Scored]:
        found = self._pipeline.run(
            {
                "embedder": {"text": text},
                "nearest": {"top_k": k},
                "keyword": {"query": text, "top_k": k},
            }
        )["joiner"]["documents"]
        return [Scored(each.meta["id"], float(each.score)) for each in found]

    def close(self) -> None:
        self._store.delete_table()
        self._store.close()


def _pipeline(store: PgvectorDocumentStore, vectors: Vectors) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("embedder", SameVectors(vectors))
    pipeline.add_component("nearest", PgvectorEmbeddingRetriever(document_store=store))
    pipeline.add_component("keyword", PgvectorKeywordRetriever(document_store=store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "nearest.query_embedding")
    pipeline.connect("nearest", "joiner")
    pipeline.connect("keyword", "joiner")
    return pipeline

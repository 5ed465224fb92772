"""LlamaIndex on PGVectorStore: its hybrid mode, and QueryFusionRetriever.

Hybrid as in the "Postgres Vector Store" example: hybrid_search=True, text_search_config="english",
vector_store_query_mode="hybrid"; the HNSW settings given there only where an index is asked for,
since exact search ranks better. Fusion as in "Reciprocal Rerank
Fusion Retriever": the vector retriever and BM25Retriever, mode "reciprocal_rerank"; num_queries=1,
because further questions would have to be written by a chat model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core import MockEmbedding, Settings, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.retrievers.bm25 import BM25Retriever
from llama_index.vector_stores.postgres import PGVectorStore
from pydantic import PrivateAttr
from sqlalchemy import create_engine, text

from bench.peers.protocol import Passage, Scored, Setup
from bench.peers.vectors import Vectors

# A chat model or an embedder is never to be looked for on the network.
Settings.llm = MockLLM()
Settings.embed_model = MockEmbedding(embed_dim=1)
TABLE = "peer_llamaindex"
HNSW = {
    "hnsw_m": 16,
    "hnsw_ef_construction": 64,
    "hnsw_ef_search": 40,
    "hnsw_dist_method": "vector_cosine_ops",
}
BATCH = 2000


class SameVectors(BaseEmbedding):
    """The vectors that all peers share, as LlamaIndex wants them."""

    _vectors: Vectors = PrivateAttr()

    def __init__(self, vectors: Vectors, **values: Any) -> None:
        super().__init__(model_name=vectors.name, **values)
        self._vectors = vectors

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vectors.of_question(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vectors.of_passages([text])[0].tolist()


class _Table:
    """One table with its vectors and its text search column."""

    def __init__(self, setup: Setup, name: str) -> None:
        self._setup = setup
        self._name = name
        self.nodes: list[TextNode] = []
        self.index: VectorStoreIndex | None = None

    def fill(self, passages: Sequence[Passage]) -> VectorStoreIndex:
        self.drop()
        url = self._setup.database_url
        store = PGVectorStore.from_params(
            connection_string=url.replace("postgresql://", "postgresql+psycopg2://", 1),
            async_connection_string=url.replace("postgresql://", "postgresql+asyncpg://", 1),
            table_name=self._name,
            embed_dim=self._setup.vectors.dimension,
            hybrid_search=True,
            text_search_config="english",
            hnsw_kwargs=HNSW if self._setup.approximate else None,
        )
        self.nodes = list(self._nodes(passages))
        for start in range(0, len(self.nodes), BATCH):
            store.add(self.nodes[start : start + BATCH])
        return VectorStoreIndex.from_vector_store(
            store, embed_model=SameVectors(self._setup.vectors)
        )

    def drop(self) -> None:
        engine = create_engine(
            self._setup.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
        )
        with engine.begin() as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS data_{self._name}"))
        engine.dispose()

    def _nodes(self, passages: Sequence[Passage]) -> Iterator[TextNode]:
        vectors = self._setup.vectors.of_passages([passage.text for passage in passages])
        for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
            # The id stays out of what BM25Retriever indexes, as file names do in its example.
            yield TextNode(
                id_=str(place),
                text=passage.text,
                metadata={"id": passage.id},
                excluded_embed_metadata_keys=["id"],
                embedding=vector.tolist(),
            )


class LlamaIndexHybrid:
    """PGVectorStore's own hybrid mode."""

    def __init__(self, setup: Setup) -> None:
        self._table = _Table(setup, f"{TABLE}_hybrid")

    def index(self, passages: Sequence[Passage]) -> None:
        self._index = self._table.fill(passages)

    def search(self, text: str, k: int) -> list[Scored]:
        retriever = self._index.as_retriever(
            vector_store_query_mode="hybrid", similarity_top_k=k, sparse_top_k=k
        )
        return _scored(retriever.retrieve(text))

    def close(self) -> None:
        self._table.drop()


class LlamaIndexFusion:
    """Reciprocal rank fusion of the vector retriever and BM25Retriever."""

    def __init__(self, setup: Setup) -> None:
        self._table = _Table(setup, f"{TABLE}_fusion")

    def index(self, passages: Sequence[Passage]) -> None:
        self._index = self._table.fill(passages)
        self._keyword = BM25Retriever.from_defaults(nodes=self._table.nodes, similarity_top_k=1)

    def search(self, text: str, k: int) -> list[Scored]:
        self._keyword.similarity_top_k = min(k, len(self._table.nodes))
        retriever = QueryFusionRetriever(
            [self._index.as_retriever(similarity_top_k=k), self._keyword],
            similarity_top_k=k,
            num_queries=1,
            mode="reciprocal_rerank",
            use_async=False,
        )
        return _scored(retriever.retrieve(text))

    def close(self) -> None:
        self._table.drop()


def _scored(found: Sequence[NodeWithScore]) -> list[Scored]:
    return [Scored(each.node.metadata["id"], float(each.score or 0.0)) for each in found]

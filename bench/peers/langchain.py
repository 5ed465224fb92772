"""LangChain: EnsembleRetriever of BM25Retriever and langchain-postgres, weights 0.5 and 0.5.

As in "How to combine results from multiple retrievers" and the quickstart of langchain-postgres,
whose PGVectorStore replaced the older PGVector. BM25Retriever splits at spaces, its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_postgres import PGEngine, PGVectorStore
from langchain_postgres.v2.indexes import HNSWIndex

from bench.peers.protocol import Passage, Scored, Setup
from bench.peers.vectors import Vectors

TABLE = "peer_langchain"
WEIGHTS = [0.5, 0.5]
BATCH = 1000


class SameVectors(Embeddings):
    """The vectors that all peers share, as LangChain wants them."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._vectors.of_passages(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self._vectors.of_question(text)


class ScoredEnsemble(EnsembleRetriever):
    """The ensemble as it is, with the score by which it sorts written into the metadata.

    It returns no scores; without one nobody could set a threshold.
    """

    def weighted_reciprocal_rank(self, doc_lists: list[list[Document]]) -> list[Document]:
        fused = super().weighted_reciprocal_rank(doc_lists)
        scores: dict[Any, float] = {}
        for found, weight in zip(doc_lists, self.weights, strict=True):
            for rank, each in enumerate(found, start=1):
                place = each.metadata["place"]
                scores[place] = scores.get(place, 0.0) + weight / (rank + self.c)
        for each in fused:
            each.metadata["score"] = scores[each.metadata["place"]]
        return fused


class LangChain:
    """The ensemble over one table."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        url = setup.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = PGEngine.from_connection_string(url=url)

    def index(self, passages: Sequence[Passage]) -> None:
        self._engine.init_vectorstore_table(
            table_name=TABLE,
            vector_size=self._setup.vectors.dimension,
            overwrite_existing=True,
        )
        self._store = PGVectorStore.create_sync(
            engine=self._engine,
            table_name=TABLE,
            embedding_service=SameVectors(self._setup.vectors),
        )
        written = list(_written(passages))
        for start in range(0, len(written), BATCH):
            self._store.add_documents(written[start : start + BATCH])
        if self._setup.approximate:
            self._store.apply_vector_index(HNSWIndex())
        self._keyword = BM25Retriever.from_documents(written)

    def search(self, text: str, k: int) -> list[Scored]:
        self._keyword.k = k
        nearest = self._store.as_retriever(search_kwargs={"k": k})
        ensemble = ScoredEnsemble(
            retrievers=[self._keyword, nearest], weights=WEIGHTS, id_key="place"
        )
        found = ensemble.invoke(text)
        return [Scored(each.metadata["id"], each.metadata["score"]) for each in found]

    def close(self) -> None:
        self._engine.drop_table(TABLE)


def _written(passages: Sequence[Passage]) -> Iterable[Document]:
    for place, passage in enumerate(passages):
        yield Document(page_content=passage.text, metadata={"id": passage.id, "place": place})

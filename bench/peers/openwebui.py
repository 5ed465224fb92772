"""Open WebUI's hybrid search, rebuilt from its published design on the libraries that it uses.

Not its program: that is a whole web application. What its source does for one question, with its
default settings (BM25 weight 0.5, no reranking model, relevance threshold 0): read every text of
the collection, build a BM25Retriever over them, fuse it with the vector search by
EnsembleRetriever, then embed the question and all fused texts and sort by cosine. Its default of 3
results is raised to what is asked for.

Building the index for every question gives the same ranking each time. It is built once here, and
`search_as_deployed` is what is timed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from bench.peers.protocol import Passage, Scored, Setup
from bench.peers.table import Table
from bench.peers.vectors import Matrix, Vectors

BM25_WEIGHT = 0.5


class TableRetriever(BaseRetriever):
    """The vector database as a LangChain retriever."""

    model_config = {"arbitrary_types_allowed": True}
    table: Table
    vectors: Vectors
    texts: Sequence[str]
    k: int

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.table.nearest(self.vectors.of_question(query), self.k)
        return [_written(place, self.texts[place]) for place, _ in found]


class OpenWebUI:
    """The rebuilt design over one table."""

    def __init__(self, setup: Setup) -> None:
        self._vectors = setup.vectors
        self._table = Table(setup, "peer_openwebui")

    def index(self, passages: Sequence[Passage]) -> None:
        self._ids = [passage.id for passage in passages]
        self._texts = [passage.text for passage in passages]
        self._known = self._vectors.of_passages(self._texts)
        self._table.fill(passages)
        self._keyword = _keyword(list(enumerate(self._texts)))

    def search(self, text: str, k: int) -> list[Scored]:
        """Rank with the index built before and the vectors stored before: the same order."""
        places = self._fused(text, k, self._keyword)
        return self._reranked(text, places, self._known[places])

    def search_as_deployed(self, text: str, k: int) -> list[Scored]:
        """Do all that is done for one question."""
        places = self._fused(text, k, _keyword(self._table.contents()))
        embedded = self._vectors.of_texts([self._texts[place] for place in places])
        return self._reranked(text, places, embedded)

    def close(self) -> None:
        self._table.drop()

    def _fused(self, text: str, k: int, keyword: BM25Retriever) -> list[int]:
        keyword.k = k
        nearest = TableRetriever(table=self._table, vectors=self._vectors, texts=self._texts, k=k)
        ensemble = EnsembleRetriever(
            retrievers=[keyword, nearest], weights=[BM25_WEIGHT, 1 - BM25_WEIGHT]
        )
        return [each.metadata["place"] for each in ensemble.invoke(text)]

    def _reranked(self, text: str, places: list[int], embedded: Matrix) -> list[Scored]:
        cosines = embedded @ np.array(self._vectors.of_question(text), dtype=np.float32)
        order = np.argsort(-cosines, kind="stable")
        return [Scored(self._ids[places[n]], float(cosines[n])) for n in order]


def _keyword(texts: Sequence[tuple[int, str]]) -> BM25Retriever:
    return BM25Retriever.from_documents(_written(place, text) for place, text in texts)


def _written(place: int, text: str) -> Document:
    return Document(page_content=text, metadata={"place": place})

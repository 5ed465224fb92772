"""The peers by name. Their libraries are imported only when one is made."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from bench.peers.protocol import MakePeer


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a peer is, what tables call it, and which packages' versions to name.

    `timed` names the method that is timed where ranking all questions that way would take hours.
    """

    place: str
    label: str
    packages: tuple[str, ...] = ()
    timed: str = ""

    def make(self) -> MakePeer:
        """Import the peer."""
        module, name = self.place.split(":")
        maker: MakePeer = getattr(import_module(f"bench.peers.{module}"), name)
        return maker


LANGCHAIN = ("langchain-classic", "langchain-community")
PEERS = {
    "langchain": Entry(
        "langchain:LangChain",
        "LangChain EnsembleRetriever (BM25 + PGVectorStore)",
        (*LANGCHAIN, "langchain-postgres"),
    ),
    "llamaindex-hybrid": Entry(
        "llamaindex:LlamaIndexHybrid",
        "LlamaIndex PGVectorStore hybrid",
        ("llama-index-core", "llama-index-vector-stores-postgres"),
    ),
    "llamaindex-fusion": Entry(
        "llamaindex:LlamaIndexFusion",
        "LlamaIndex QueryFusionRetriever (vectors + BM25)",
        ("llama-index-core", "llama-index-vector-stores-postgres", "llama-index-retrievers-bm25"),
    ),
    "haystack": Entry(
        "haystack:Haystack",
        "Haystack pgvector hybrid (rank fusion)",
        ("haystack-ai", "pgvector-haystack"),
    ),
    "openwebui": Entry(
        "openwebui:OpenWebUI",
        "Open WebUI's hybrid design, rebuilt",
        LANGCHAIN,
        timed="search_as_deployed",
    ),
    "vectors": Entry("baselines:Nearest", "vectors alone"),
    "bm25": Entry("baselines:Stemmed", "rank_bm25 on stems, without stop words", ("rank-bm25",)),
    "fusion": Entry("baselines:RankFusion", "rank fusion of these two", ("rank-bm25",)),
}

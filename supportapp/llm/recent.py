"""An embedder that remembers what it embedded a moment ago.

One question is embedded by several steps that know nothing of each other: the memory looks for it,
the search, the answerer. The model need not be asked each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supportapp.llm.protocols import Embedder

Vectors = NDArray[np.float32]
# Many texts at once are no questions.
MOST_AT_ONCE = 8
KEPT = 1024


class Recent:
    """Another embedder, and the vectors that it made last. Safe to use from many threads."""

    def __init__(self, embedder: Embedder, *, kept: int = KEPT) -> None:
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._kept = kept
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; only those not embedded lately are asked for."""
        if not texts or len(texts) > MOST_AT_ONCE:
            return self._embedder.embed(texts)
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = dict(zip(missing, self._embedder.embed(missing), strict=True))
            self._keep(made)
            known |= made
        return np.array([known[text] for text in texts], dtype=np.float32)

    def known(self, text: str) -> Vectors | None:
        """Return the vector of a text that was embedded lately."""
        with self._lock:
            return self._vectors.get(text)

    def _keep(self, made: dict[str, Vectors]) -> None:
        with self._lock:
            self._vectors.update(made)
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)

"""How near sentences are to a question. Articles' sentences come back often, so they are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supportapp.llm.protocols import Embedder
from supportapp.llm.recent import Recent

KEPT = 8192
MOST_NEW = 24


class Nearness:
    """Cosine of a question and texts; vectors of texts are remembered. For many threads."""

    def __init__(self, embedder: Embedder, *, kept: int = KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one number per text. Beyond MOST_NEW unknown texts the rest count as 0.

        Raises EmbeddingUnavailable.
        """
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in dict.fromkeys(texts) if text not in known][:MOST_NEW]
        rows = self._embedder.embed([question, *new])
        known |= dict(zip(new, rows[1:], strict=True))
        self._remember(known)
        zero = np.zeros_like(rows[0])
        return [float(known.get(text, zero) @ rows[0]) for text in texts]

    def at_hand(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """Return the same where nothing is to be embedded, which takes no time; None otherwise."""
        asked = self._embedder.known(question) if isinstance(self._embedder, Recent) else None
        if asked is None:
            return None
        with self._lock:
            if not all(text in self._vectors for text in texts):
                return None
            return [float(self._vectors[text] @ asked) for text in texts]

    def _remember(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        with self._lock:
            for text, vector in vectors.items():
                self._vectors[text] = vector
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)

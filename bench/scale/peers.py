"""One peer's times on the same passages, in its own environment.

`python -m bench.scale.peers SIZE NAME`. Its index is made in the same server, in the database of
this size.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.peers.catalogue import PEERS
from bench.peers.protocol import Passage, Peer, Setup
from bench.peers.vectors import Vectors
from bench.scale import places

FOUND = 10
WARM_UP = 5


def main() -> None:
    size, name = int(sys.argv[1]), sys.argv[2]
    given = places.folder() / f"peers-{size}.json"
    exported = json.loads(given.read_text(encoding="utf-8"))
    passages = [Passage(str(n), text) for n, text in enumerate(exported["passages"])]
    vectors = Vectors(given.with_suffix(".sqlite"))
    peer = PEERS[name].make()(Setup(os.environ["DATABASE_URL"], vectors, approximate=True))
    began = time.perf_counter()
    peer.index(passages)
    spent = time.perf_counter() - began
    figures = asked(peer, exported["questions"])
    peer.close()
    print(json.dumps({"label": PEERS[name].label, "index_seconds": round(spent), **figures}))


def asked(peer: Peer, questions: Sequence[str]) -> dict[str, Any]:
    """Return how long the answers to these questions take, one after another."""
    spent = []
    for question in [*questions[:WARM_UP], *questions]:
        began = time.perf_counter()
        peer.search(question, FOUND)
        spent.append((time.perf_counter() - began) * 1000)
    spent = sorted(spent[WARM_UP:])
    slow = {
        f"p{each}": round(spent[min(len(spent) - 1, len(spent) * each // 100)], 1)
        for each in (50, 95, 99)
    }
    return {"questions": len(spent), **slow}


if __name__ == "__main__":
    main()

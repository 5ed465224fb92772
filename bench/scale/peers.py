"""The peers' times on the same passages: run in their environment, `python -m bench.scale.peers N`.

Their indexes are made in a schema-less corner of the same server, in the database of this size.
"""

from __future__ import annotations

import json
import os
import sys
import time

from bench.peers.catalogue import PEERS
from bench.peers.protocol import Passage, Setup
from bench.peers.vectors import Vectors
from bench.scale import places

NAMES = ("langchain", "llamaindex-hybrid", "llamaindex-fusion", "haystack")
FOUND = 10
WARM_UP = 3


def main() -> None:
    size = int(sys.argv[1])
    given = places.folder() / f"peers-{size}.json"
    exported = json.loads(given.read_text(encoding="utf-8"))
    passages = [Passage(str(n), text) for n, text in enumerate(exported["passages"])]
    vectors = Vectors(given.with_suffix(".sqlite"))
    setup = Setup(os.environ["DATABASE_URL"], vectors, approximate=True)
    figures = {}
    for name in NAMES:
        peer = PEERS[name].make()(setup)
        began = time.perf_counter()
        peer.index(passages)
        print(f"{name} indexed in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        spent = []
        for question in [*exported["questions"][:WARM_UP], *exported["questions"]]:
            began = time.perf_counter()
            peer.search(question, FOUND)
            spent.append((time.perf_counter() - began) * 1000)
        peer.close()
        spent = sorted(spent[WARM_UP:])
        figures[PEERS[name].label] = {
            f"p{each}": round(spent[min(len(spent) - 1, len(spent) * each // 100)], 1)
            for each in (50, 95, 99)
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

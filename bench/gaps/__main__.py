"""`python -m bench.gaps [FOLDER]`: group labelled questions, beside k-means and one-pass grouping.

The thresholds were chosen on the training halves; reported are the test halves. Renews a part of
docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.gaps import rivals
from supportapp.evals import report_file
from supportapp.gaps import agreement, clustering
from supportapp.gaps.clustering import SAME, Ground
from supportapp.llm.embedding import LocalEmbedder

BENCHMARKS = Path(os.environ.get("BENCHMARKS", "../shared/benchmarks"))
REPORT = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
OUT_OF_SCOPE = "NO_NODES_DETECTED"
BANKING = 1000
BATCHES = 10
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Labelled:
    """Questions with the intents that people gave them."""

    name: str
    vectors: Vectors
    intents: list[str]

    @property
    def count(self) -> int:
        return len(set(self.intents))


def load(folder: Path, half: str) -> Iterator[Labelled]:
    """Read one half of every set; what no intent was given to is left out."""
    embedder = LocalEmbedder()
    for name in ("curekart", "powerplay11", "sofmattress", "banking77"):
        part = f"cache-pairs/{name}" if name == "banking77" else f"hint3/{name}"
        lines = (folder / f"{part}_{half}.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        rows = [row for row in rows if row["intent"] != OUT_OF_SCOPE]
        random.Random(1).shuffle(rows)
        rows = rows[:BANKING]
        vectors = embedder.embed([row["text"] for row in rows])
        yield Labelled(name, np.asarray(vectors, np.float32), [row["intent"] for row in rows])


def product(known: Labelled) -> list[int]:
    """Group as the worker does what it finds at once."""
    ground = _ground(known.vectors)
    return list(
        clustering.link(ground.placed(known.vectors), [1] * len(known.intents), SAME).groups
    )


def incremental(known: Labelled) -> list[int]:
    """Group as the worker does what comes in ten parts: groups grow and keep their ids."""
    members: list[list[int]] = []
    for part in np.array_split(np.arange(len(known.intents)), BATCHES):
        fresh = [[int(place)] for place in part]
        seen = [*members, *fresh]
        means = np.array([known.vectors[each].mean(axis=0) for each in seen])
        ground = _ground(known.vectors[: int(part[-1]) + 1])
        linked = clustering.link(ground.placed(means), [len(each) for each in seen], SAME)
        joined: dict[int, list[int]] = {}
        for place, owner in enumerate(linked.groups):
            joined.setdefault(owner, []).extend(seen[place])
        members = list(joined.values())
    groups = [0] * len(known.intents)
    for number, each in enumerate(members):
        for place in each:
            groups[place] = number
    return groups


def _ground(vectors: Vectors) -> Ground:
    first = Ground.of(np.zeros((0, vectors.shape[1]), np.float32))
    owners = np.array(clustering.link(first.placed(vectors), [1] * len(vectors), SAME).groups)
    return Ground.of(np.array([vectors[owners == each].mean(axis=0) for each in np.unique(owners)]))


WAYS: dict[str, Callable[[Labelled], list[int]]] = {
    "the product": product,
    "the product, in ten parts": incremental,
    "average linkage by plain cosine": lambda known: list(
        clustering.link(known.vectors, [1] * len(known.intents), rivals.COSINE).groups
    ),
    "one pass, by plain cosine": lambda known: rivals.one_pass(known.vectors),
    "k-means, told the number of intents": lambda known: rivals.k_means(known.vectors, known.count),
    "k-means, number by silhouette": lambda known: rivals.k_means_by_silhouette(known.vectors),
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BENCHMARKS
    sets = list(load(folder, "test"))
    heads = [f"{each.name} ({len(each.intents)} questions, {each.count} intents)" for each in sets]
    lines = [
        f"| Way | {' | '.join(heads)} | mean | ms |",
        f"|---|{'--:|' * (len(sets) + 2)}",
    ]
    for name, way in WAYS.items():
        began = time.perf_counter()
        groups = [way(each) for each in sets]
        took = 1000 * (time.perf_counter() - began) / len(sets)
        figures = [
            (
                agreement.adjusted_rand(found, known.intents),
                agreement.mutual_information(found, known.intents),
                len(set(found)),
            )
            for found, known in zip(groups, sets, strict=True)
        ]
        shown = [f"{rand:.3f}, {shared:.3f}, {count}" for rand, shared, count in figures]
        means = [sum(each[at] for each in figures) / len(figures) for at in (0, 1)]
        lines.append(
            f"| {name} | {' | '.join(shown)} | {means[0]:.3f}, {means[1]:.3f} | {took:.0f} |"
        )
        print(lines[-1], flush=True)
    lines += ["", "Each cell: adjusted Rand index, normalized mutual information, groups found."]
    report_file.renew(REPORT, "groups", lines)


if __name__ == "__main__":
    main()

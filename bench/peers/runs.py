"""What one system answered to one set, on disk: rankings in TREC's form, times beside them.

    <folder>/<system>.<reading>.trec              query Q0 item rank score tag, tab-separated
    <folder>/<system>.<reading>.unanswerable.trec
    <folder>/<system>.<reading>.json              milliseconds, confidence, calibrated confidence,
                                                  seconds to index

A reading is what the system was shown: the last "message", or the "conversation".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers.protocol import Scored

MESSAGE, CONVERSATION = "message", "conversation"
DEPTH = 100
Rankings = Mapping[str, Sequence[Scored]]


@dataclass(frozen=True)
class Run:
    """One system's answers to one set. Without a confidence, the best score stands for it;
    `calibrated` is what the product says where it has learned from the set's own labels."""

    system: str
    reading: str
    ranked: Rankings
    unanswerable: Rankings = field(default_factory=dict)
    milliseconds: Sequence[float] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    seconds_to_index: float = 0.0
    calibrated: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the files' name."""
        return f"{self.system}.{self.reading}"

    def sureness(self, query: str) -> float:
        """Return how sure the system was of its best answer to a question."""
        if query in self.confidence:
            return self.confidence[query]
        found = self.ranked.get(query) or self.unanswerable.get(query)
        return found[0].score if found else float("-inf")


def once_each(found: Iterable[Scored]) -> list[Scored]:
    """Keep the best place of each item."""
    best: dict[str, Scored] = {}
    for each in found:
        best.setdefault(each.id, each)
    return list(best.values())[:DEPTH]


def save(run: Run, folder: Path) -> None:
    """Write a run's three files."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{run.name}.trec", run.ranked, run.system)
    _write(folder / f"{run.name}.unanswerable.trec", run.unanswerable, run.system)
    beside = {
        "milliseconds": [round(spent, 3) for spent in run.milliseconds],
        "confidence": dict(run.confidence),
        "seconds_to_index": round(run.seconds_to_index, 2),
        "calibrated": dict(run.calibrated),
    }
    (folder / f"{run.name}.json").write_text(json.dumps(beside), encoding="utf-8")


def load(folder: Path) -> list[Run]:
    """Read all runs of a folder."""
    return [_load(path) for path in sorted(folder.glob("*.json"))]


def _load(path: Path) -> Run:
    system, reading = path.stem.rsplit(".", 1)
    beside = json.loads(path.read_text(encoding="utf-8"))
    return Run(
        system=system,
        reading=reading,
        ranked=_read(path.with_suffix(".trec")),
        unanswerable=_read(path.with_suffix(".unanswerable.trec")),
        **beside,
    )


def _write(path: Path, rankings: Rankings, tag: str) -> None:
    rows = [
        f"{query}\tQ0\t{each.id}\t{rank}\t{each.score!r}\t{tag}\n"
        for query, found in rankings.items()
        for rank, each in enumerate(found, start=1)
    ]
    path.write_text("".join(rows), encoding="utf-8")


def _read(path: Path) -> dict[str, list[Scored]]:
    rankings: dict[str, list[Scored]] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            query, _, item, _, score, _ = line.rstrip("\n").split("\t")
            rankings.setdefault(query, []).append(Scored(item, float(score)))
    return rankings

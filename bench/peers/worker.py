"""Run peers over sets: `python -m bench.peers.worker FOLDER… --out DIR --cache FILE [--peers …]`.

Runs in the peers' environment. The database is named by PEERS_DATABASE_URL.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.peers import runs, sets
from bench.peers.catalogue import PEERS
from bench.peers.protocol import Peer, Scored, Setup
from bench.peers.runs import CONVERSATION, MESSAGE, Run
from bench.peers.sets import Question, SearchSet
from bench.peers.vectors import Vectors

WARM_UP = 5
Reading = Callable[[Question], str]
READINGS: dict[str, Reading] = {
    MESSAGE: lambda question: question.text,
    CONVERSATION: Question.after_conversation,
}


def main() -> None:
    arguments = _arguments()
    setup = Setup(os.environ["PEERS_DATABASE_URL"], Vectors(arguments.cache))
    for folder in arguments.folders:
        searched = sets.read(folder)
        for name in arguments.peers:
            measure(name, searched, setup, arguments.out / searched.name, arguments.readings)


def measure(
    name: str, searched: SearchSet, setup: Setup, out: Path, chosen: Sequence[str] = tuple(READINGS)
) -> None:
    """Index a set with one peer, ask it everything, and write its runs."""
    peer = PEERS[name].make()(setup)
    began = time.perf_counter()
    peer.index(searched.passages)
    seconds = time.perf_counter() - began
    gc.collect()
    for reading, text_of in READINGS.items():
        if reading not in chosen or (reading == CONVERSATION and not searched.has_conversations):
            continue
        ask = _Asking(peer, text_of, searched.depth)
        ask.warm(searched.questions)
        ranked = ask.all(searched.questions)
        spent = list(ask.milliseconds)
        unanswerable = ask.all(searched.unanswerable)
        if slow := PEERS[name].timed:
            spent = _timed(peer, slow, [text_of(q) for q in searched.questions], searched.depth)
        run = Run(name, reading, ranked, unanswerable, spent, {}, seconds)
        runs.save(run, out)
        median = sorted(spent)[len(spent) // 2]
        print(f"{searched.name}: {run.name}, {median:.1f} ms", file=sys.stderr, flush=True)
    peer.close()


class _Asking:
    """Asks one peer, and takes the time of each question."""

    def __init__(self, peer: Peer, text_of: Reading, depth: int) -> None:
        self._peer = peer
        self._text_of = text_of
        self._depth = depth
        self.milliseconds: list[float] = []

    def warm(self, questions: Sequence[Question]) -> None:
        for question in questions[:WARM_UP]:
            self._peer.search(self._text_of(question), self._depth)

    def all(self, questions: Sequence[Question]) -> dict[str, list[Scored]]:
        found = {}
        for question in questions:
            began = time.perf_counter()
            ranking = self._peer.search(self._text_of(question), self._depth)
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            found[question.id] = runs.once_each(ranking)
        return found


def _timed(peer: Peer, name: str, texts: Sequence[str], depth: int) -> list[float]:
    """Take the times of a few questions through the peer's own slow way."""
    search = getattr(peer, name)
    spent = []
    for text in sets.evenly(texts, 20):
        began = time.perf_counter()
        search(text, depth)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run peers over sets.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--readings", nargs="+", choices=list(READINGS), default=list(READINGS))
    return parser.parse_args()


if __name__ == "__main__":
    main()

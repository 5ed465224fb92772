"""What `bench cache` measured, as JSON and as Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from supportapp.caching import knobs
from supportapp.evals import remembering
from supportapp.evals.cache_pairs import CachePairs, Memory, Pair
from supportapp.evals.remembering import Offered, Point, Store
from supportapp.llm.protocols import Embedder
from supportapp.llm.words import is_word

BUDGET = 0.02
# A memory begins small: so many questions of each intent.
SIZES = (1, 3, 10)
SHOWN = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
Show = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One memory: what the product offers (`ours`), and what a cosine threshold alone would."""

    name: str
    kept: int
    asked: int
    ours: Sequence[Offered]
    plain: Sequence[Offered]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything measured on one folder."""

    dataset: str
    threshold: float
    labelled: Sequence[Measured] = ()
    paraphrased: Sequence[Measured] = ()
    pairs: Sequence[tuple[Pair, Offered]] = field(default=())


def measure(known: CachePairs, embedder: Embedder, show: Show) -> Report:
    """Remember, ask, and keep what came of it."""
    return Report(
        known.name,
        knobs.shipped(BUDGET),
        [size for each in known.labelled for size in _measured(each, embedder, show, SIZES)],
        [size for each in known.paraphrased for size in _measured(each, embedder, show)],
        list(zip(known.pairs, remembering.judged(known.pairs, embedder, is_word), strict=True)),
    )


def _measured(
    memory: Memory, embedder: Embedder, show: Show, sizes: Sequence[int] = ()
) -> Iterator[Measured]:
    """Yield the whole memory, then those that hold a few questions of each intent."""
    done = 0
    total = len(memory.kept) + len(memory.asked)

    def progress(count: int) -> None:
        nonlocal done
        done += count
        show(f"{memory.name}: embedding", done, total)

    kept = remembering.embed([each.text for each in memory.kept], embedder, progress)
    vectors = remembering.embed([each.text for each in memory.asked], embedder, progress)
    for size in (0, *sizes):
        places = remembering.first_of_each(memory.kept, size) if size else list(range(len(kept)))
        store = Store([memory.kept[place] for place in places], kept[places], is_word)
        yield Measured(
            f"{memory.name}, {size} for each intent" if size else memory.name,
            len(places),
            len(memory.asked),
            remembering.offers(store, memory.asked, vectors),
            remembering.plain_offers(store, memory.asked, vectors),
        )


def as_json(report: Report) -> dict[str, Any]:
    """Return the figures with stable keys."""
    return {
        "dataset": report.dataset,
        "threshold": report.threshold,
        "sets": [_set(each, report.threshold) for each in report.labelled],
        "paraphrases": [_set(each, report.threshold) for each in report.paraphrased],
        "pairs": _pairs(report),
    }


def _set(measured: Measured, threshold: float) -> dict[str, Any]:
    ours, plain = remembering.curve(measured.ours), remembering.curve(measured.plain)
    taken = [each.milliseconds for each in measured.ours]
    return {
        "name": measured.name,
        "kept": measured.kept,
        "asked": measured.asked,
        "at_threshold": _point(remembering.at(measured.ours, threshold)),
        "within_budget": {
            "budget": BUDGET,
            "of_hits": _compared(ours, plain, of_asked=False),
            "of_asked": _compared(ours, plain, of_asked=True),
        },
        "guarded": dict(Counter(each.difference for each in measured.ours if each.difference)),
        "ms_p50": round(statistics.median(taken), 3),
        "ms_p95": round(statistics.quantiles(taken, n=20)[18], 3) if len(taken) > 1 else taken[0],
        "curve": {
            name: [_point(each) for each in _thinned(points)]
            for name, points in (("ours", ours), ("plain", plain))
        },
    }


def _compared(
    ours: Sequence[Point], plain: Sequence[Point], *, of_asked: bool
) -> dict[str, float | None]:
    rates = [_rate(points, BUDGET, of_asked=of_asked) for points in (ours, plain)]
    return {
        "hit_rate": round(rates[0], 4),
        "plain": round(rates[1], 4),
        "ratio": round(rates[0] / rates[1], 2) if rates[1] else None,
    }


def _point(point: Point) -> dict[str, float]:
    return {
        "threshold": round(point.threshold, 4),
        "hit_rate": round(point.share, 4),
        "wrong_of_hits": round(point.wrong_of_served, 4),
        "wrong_of_asked": round(point.wrong_of_asked, 4),
    }


def _thinned(points: Sequence[Point], most: int = 60) -> list[Point]:
    """Return the curve at about so many places, evenly by hit rate."""
    if len(points) <= most:
        return list(points)
    wanted = [points[-1].share * (place + 1) / most for place in range(most)]
    chosen: list[Point] = []
    place = 0
    for rate in wanted:
        while place < len(points) - 1 and points[place].share < rate:
            place += 1
        if not chosen or chosen[-1] is not points[place]:
            chosen.append(points[place])
    return chosen


def _pairs(report: Report) -> dict[str, Any]:
    served = {
        True: [o.score >= report.threshold for pair, o in report.pairs if pair.same],
        False: [o.score >= report.threshold for pair, o in report.pairs if not pair.same],
    }
    return {
        "same": len(served[True]),
        "same_served": sum(served[True]),
        "different": len(served[False]),
        "different_served": sum(served[False]),
    }


def as_markdown(report: Report) -> list[str]:
    """Return tables: what is served within each budget, and how the guards did."""
    lines: list[str] = []
    for each in [*report.labelled, *report.paraphrased]:
        lines += [f"**{each.name}**: {each.kept:,} remembered, {each.asked:,} asked.", ""]
        lines += _table(each)
        shipped = remembering.at(each.ours, report.threshold)
        lines += [
            "",
            f"At the shipped threshold ({report.threshold:.4f}): {shipped.share:.1%} served,"
            f" {shipped.wrong_of_served:.1%} of them wrongly.",
            "",
        ]
    if report.pairs:
        found = _pairs(report)
        lines += [
            f"Pairs, each in a memory of its own: {found['same_served']} of {found['same']}"
            f" rewordings served, {found['different_served']} of {found['different']} near misses"
            " served.",
            "",
        ]
    return lines


def _table(measured: Measured) -> list[str]:
    curves = [remembering.curve(each) for each in (measured.ours, measured.plain)]
    lines = [
        "| Wrong, at most | of those served: served | cosine alone | × |"
        " of all asked: served | cosine alone | × |",
        "|---|---|---|---|---|---|---|",
    ]
    for budget in SHOWN:
        of_hits = [_rate(points, budget, of_asked=False) for points in curves]
        of_asked = [_rate(points, budget, of_asked=True) for points in curves]
        lines.append(
            f"| {budget:.1%} | {of_hits[0]:.1%} | {of_hits[1]:.1%} | {_times(of_hits)}"
            f" | {of_asked[0]:.1%} | {of_asked[1]:.1%} | {_times(of_asked)} |"
        )
    return lines


def _rate(points: Sequence[Point], budget: float, *, of_asked: bool) -> float:
    found = remembering.most(points, budget, of_asked=of_asked)
    return found.share if found else 0.0


def _times(rates: Sequence[float]) -> str:
    return f"{rates[0] / rates[1]:.2f}" if rates[1] else "–"

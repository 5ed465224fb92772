"""What the support check catches and what it takes for wrong, and how long a sentence takes."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.guardrails import planting
from supportapp.guardrails.outgoing import Judge, Prompted
from supportapp.guardrails.support import Nearness
from supportapp.guardrails.switches import EVERY
from supportapp.retrieval.values import Evidence

SENTENCES = 300
SEED = 11


def measure(articles: Sequence[tuple[str, str, str]], nearness: Nearness) -> dict[str, Any]:
    """Return what is caught by kind, by words alone and with vectors, and the time a sentence."""
    made = list(planting.cases(planting.passages(articles), seed=SEED, most=SENTENCES))
    return {
        "words alone": _caught(made, None),
        "with vectors": _caught(made, nearness),
        "milliseconds": _timed(made, nearness),
    }


def _caught(made: Sequence[planting.Case], nearness: Nearness | None) -> dict[str, Any]:
    """All guards that look at what a sentence says: support, figures, links, negation, promises."""
    wanted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    judges: dict[tuple[Evidence, ...], Judge] = {}
    for case in made:
        judge = judges.setdefault(case.evidence, Judge(EVERY, case.evidence))
        wanted[case.kind] += 1
        caught[case.kind] += _is_held(judge, case.sentence, nearness)
    planted = [case.kind for case in made if case.planted]
    honest = [case.kind for case in made if not case.planted]
    by_kind = {
        kind: {"held": caught[kind], "of": count, "share": round(caught[kind] / count, 4)}
        for kind, count in wanted.items()
    }
    return {
        "by kind": by_kind,
        "caught": _share(caught, wanted, set(planted)),
        "false alarms": _share(caught, wanted, set(honest)),
    }


def _is_held(judge: Judge, sentence: str, nearness: Nearness | None) -> bool:
    judged = judge.first(sentence)
    nearest = None
    if judged.weighed is not None and nearness is not None:
        nearest = max(nearness(judged.weighed.text, judged.weighed.closest), default=0.0)
    return judge.last(judged, nearest).is_held


def _share(caught: Counter[str], wanted: Counter[str], kinds: set[str]) -> float:
    total = sum(wanted[kind] for kind in kinds)
    return round(sum(caught[kind] for kind in kinds) / max(1, total), 4)


def _timed(made: Sequence[planting.Case], nearness: Nearness) -> dict[str, float]:
    """Each sentence as it comes in a stream, its evidence's sentences unknown to the vectors."""
    prompted = Prompted("Answer only from the sections. Cite each fact. Promise nothing.", "ref-x")
    first: list[float] = []
    each: list[float] = []
    open_ones = 0
    for case in made:
        began = time.perf_counter()
        judge = Judge(EVERY, case.evidence, "How does it work?", prompted)
        first.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        judged = judge.first(case.sentence)
        if judged.weighed is not None:
            open_ones += 1
            judge.last(judged, max(nearness(judged.weighed.text, judged.weighed.closest)))
        each.append((time.perf_counter() - began) * 1000)
    return {
        "p50": round(statistics.median(each), 2),
        "mean": round(statistics.fmean(each), 2),
        "p95": round(statistics.quantiles(each, n=20)[-1], 2),
        "share that asks for vectors": round(open_ones / len(made), 3),
        "reading the evidence once an answer, p50": round(statistics.median(first), 2),
    }

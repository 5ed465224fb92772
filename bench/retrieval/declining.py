"""What a workspace's own calibration brings: `python -m bench.retrieval.declining [FOLDER]`.

Renews the table in docs/benchmarks.md: on every set with unanswerable questions, precision and
coverage by the shipped confidence and by one learned from labels, cross-validated by conversation.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench import django_ready

if TYPE_CHECKING:
    from bench.retrieval.labelled import LabelledSet
    from supportapp.evals.curve import Curve

BENCHMARKS = Path("../shared/benchmarks")
SCRATCH = Path(".data/bench")
REPORT = Path("docs/benchmarks.md")
PROMISES = (0.95, 0.9)
ALL = 10_000
HEAD = (
    "| Set | Questions | answered right at most | AUC shipped | calibrated |"
    " Coverage at 95% precision, shipped | calibrated | at 90%, shipped | calibrated |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BENCHMARKS)
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    options = parser.parse_args()
    django_ready()
    from supportapp.evals.report_file import renew

    table = [*HEAD, *_rows(options.folder, options.scratch)]
    print("\n".join(table), flush=True)
    made = f"Made by `python -m bench.retrieval.declining` on {date.today()}."
    renew(REPORT, "declining", [*table, "", made])


def _rows(folder: Path, scratch: Path) -> Iterator[str]:
    from bench.retrieval import labelled

    yield _row(labelled.benchmark_set(folder / "dev-dstc", unanswerable=ALL))
    yield _row(labelled.benchmark_set(folder / "dev-fiqa", unanswerable=ALL))
    yield _row(labelled.help_centre())
    for bot in labelled.bots(folder, scratch):
        yield _row(bot)


def _row(known: LabelledSet) -> str:
    from supportapp.evals.calibrating import Case, calibrate
    from supportapp.retrieval import confidence

    cases = []
    for question in known.questions:
        found = known.search(question.query)
        names = [known.names.get(each.passage_id, "") for each in found.evidence]
        is_right = any(question.grades.get(name, 0) > 0 for name in names)
        cases.append(Case(question.group, found.clues, is_right))
    fitted = calibrate(cases, confidence.model(), dict(confidence.spreads()))
    right = sum(case.is_right for case in cases) / len(cases)
    covered = [
        f"{_coverage(curve, promise):.1%}"
        for promise in PROMISES
        for curve in (fitted.shipped_curve, fitted.curve)
    ]
    cells = [f"{len(cases):,}", f"{right:.1%}", f"{fitted.shipped_auc:.3f}", f"{fitted.auc:.3f}"]
    return f"| {known.name} | {' | '.join([*cells, *covered])} |"


def _coverage(curve: Curve, promise: float) -> float:
    kept = [point.coverage for point in curve.points if point.precision >= promise]
    return max(kept, default=0.0)


if __name__ == "__main__":
    main()

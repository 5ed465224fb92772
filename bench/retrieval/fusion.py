"""What each part of the ranking adds, and which weights: `python -m bench.retrieval.fusion`.

Renews two tables in docs/benchmarks.md: the gain of each part of the ranking, on every set with
labels, and the weights with their cross-validation over the sets (`--parts-only` leaves that out;
it takes a quarter of an hour).
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from bench import django_ready

BENCHMARKS = Path("../shared/benchmarks")
SCRATCH = Path(".data/bench")
REPORT = Path("docs/benchmarks.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BENCHMARKS)
    parser.add_argument("--scratch", type=Path, default=SCRATCH)
    parser.add_argument("--parts-only", action="store_true")
    options = parser.parse_args()
    django_ready()
    from bench.retrieval import ablation, choosing, labelled
    from supportapp.evals.report_file import renew

    made = f"Made by `python -m bench.retrieval.fusion` on {date.today()}."
    sets = labelled.with_answers(options.folder, options.scratch)
    table = ablation.table(sets)
    print("\n".join(table), flush=True)
    renew(REPORT, "parts", [*table, "", made])
    if not options.parts_only:
        table = choosing.table(sets)
        print("\n".join(table), flush=True)
        renew(REPORT, "weights", [*table, "", made])


if __name__ == "__main__":
    main()

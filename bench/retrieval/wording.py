"""What is hard to find by its wording, and what finds it: `python -m bench.retrieval.wording`.

Misspelt questions, codes, synonyms and Chinese, each asked of the sample help centre with and
without the part of the search that is there for it. Spelling is measured on the sets as they come,
too, where it has little to put right and must not spoil anything. Renews docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from bench import django_ready

BENCHMARKS = Path("../shared/benchmarks")
REPORT = Path("docs/benchmarks.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=BENCHMARKS)
    options = parser.parse_args()
    django_ready()
    from bench.retrieval import stages
    from supportapp.evals.report_file import renew

    made = f"Made by `python -m bench.retrieval.wording` on {date.today()}."
    table = stages.table(options.folder)
    print("\n".join(table), flush=True)
    renew(REPORT, "wording", [*table, "", made])


if __name__ == "__main__":
    main()

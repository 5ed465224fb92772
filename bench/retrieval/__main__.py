"""`make bench-retrieval`: everything about retrieval in docs/benchmarks.md, made from scratch.

    python -m bench.retrieval                 all parts, in this order
    python -m bench.retrieval peers scale     only these

    sets       every benchmark through the product's search
    peers      the same sets, beside its peers
    parts      what each part of the ranking adds; the weights, cross-validated
    wording    misspellings, codes, synonyms, Chinese
    rewrites   stand-alone questions, up to people's rewrites
    declining  calibration from labels
    scale      time, throughput, memory, freshness, import, growth, the peers' times; switching

All use databases of their own under .data/bench and .data/scale. A part that fails doesn't keep
the others from running; how long each took is in .data/bench/minutes.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

BENCHMARKS = os.environ.get("BENCHMARKS", "../shared/benchmarks")
KEPT = Path(".data/bench")
MINUTES = KEPT / "minutes.json"
PARTS = {
    "sets": ["-m", "bench", BENCHMARKS],
    "peers": ["-m", "bench.peers"],
    "parts": ["-m", "bench.retrieval.fusion", BENCHMARKS],
    "wording": ["-m", "bench.retrieval.wording", BENCHMARKS],
    "rewrites": ["manage.py", "bench", "rewrites", "--data", f"{BENCHMARKS}/dev-fiqa", "--write"],
    "declining": ["-m", "bench.retrieval.declining", BENCHMARKS],
    "scale": ["-m", "bench.scale", "--again", "--peers"],
}


def main() -> None:
    """Run the parts that the command line names, or all; exit with an error if one failed."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in chosen if part not in PARTS]:
        sys.exit(f"{', '.join(unknown)}: the parts are {', '.join(PARTS)}.")
    KEPT.mkdir(parents=True, exist_ok=True)
    failed = [part for part in chosen if not _ran(part)]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}.")


def _ran(part: str) -> bool:
    """Run one part, note how long it took, and say whether it worked."""
    print(f"bench-retrieval: {part}…", file=sys.stderr, flush=True)
    began = time.monotonic()
    # The first part prepares this database as `make run` does: the sample help centre is in it.
    environment = os.environ | {"DATA_DIR": str((KEPT / "home").resolve())}
    done = subprocess.run([sys.executable, *PARTS[part]], env=environment, check=False)
    took = json.loads(MINUTES.read_text("utf-8")) if MINUTES.exists() else {}
    took[part] = round((time.monotonic() - began) / 60, 1)
    MINUTES.write_text(json.dumps(took, indent=1), encoding="utf-8")
    print(f"bench-retrieval: {part} took {took[part]} minutes", file=sys.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()

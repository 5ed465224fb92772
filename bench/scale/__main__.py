"""`python -m bench.scale`: measure everything, go on where a run was stopped, renew the document.

    python -m bench.scale                    what is still to be done, then docs/benchmarks.md
    python -m bench.scale --again            everything anew, on the databases that are there
    python -m bench.scale --peers            the peers' times too; that takes an hour more
    python -m bench.scale searching-100000   one step, anew
    python -m bench.scale freshness [N]      N rounds of publishing and asking (1,000)
    python -m bench.scale report             the document from the figures that are there
    python -m bench.scale clean              remove databases, vectors and figures

Figures are in .data/scale/results.json. Each step runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

from bench.scale import places

SMALL, LARGE = 10_000, 100_000
# A size that is no other's: the import has a database to itself.
IMPORTED = 2000
STEPS = (
    f"searching-{SMALL}", f"searching-{LARGE}", f"throughput-{SMALL}", f"throughput-{LARGE}",
    f"memory-{LARGE}", "words", "vectors", f"ingesting-{IMPORTED}", f"switching-{IMPORTED}",
    f"freshness-{LARGE}",
)  # fmt: skip
# Each peer takes six minutes to index 100,000 passages.
PEER_STEPS = tuple(
    f"peers-{size}-{name}"
    for size in (SMALL, LARGE)
    for name in ("langchain", "llamaindex-hybrid", "llamaindex-fusion", "haystack")
)
FILLED = ("searching", "throughput", "memory", "words", "vectors", "freshness", "peers")
KEPT = places.folder() / "results.json"
PEERS_PYTHON = places.PROJECT / ".venv-peers" / "bin" / "python"


def main() -> None:
    """Run what the command line names."""
    match sys.argv[1:]:
        case ["clean"]:
            shutil.rmtree(places.folder(), ignore_errors=True)
            return
        case ["report"]:
            pass
        case ["freshness", *rounds]:
            measure(f"freshness-{LARGE}", *rounds)
            return
        case flags if {"--again", "--peers"}.issuperset(flags):
            known = {} if "--again" in flags else read()
            for step in (*STEPS, *(PEER_STEPS if "--peers" in flags else ())):
                if step not in known:
                    measure(step)
        case steps:
            for step in steps:
                measure(step)
    from bench.scale import report

    report.write(read())


def read() -> dict[str, Any]:
    """Return the figures so far."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


def measure(step: str, *arguments: str) -> None:
    """Run one step and keep its figures."""
    name, number, more = [*step.split("-", maxsplit=2), "", ""][:3]
    size = int(number or LARGE)
    arguments = (*filter(None, [more]), *arguments)
    environment = os.environ | places.environment(size)
    if name in FILLED:
        _run(sys.executable, ["filling", str(size)], environment)
    python = sys.executable
    if name == "peers":
        if not PEERS_PYTHON.exists():
            print(f"{step}: left out, there is no .venv-peers", flush=True)
            return
        _run(sys.executable, ["exporting", str(size)], environment)
        python = str(PEERS_PYTHON)
    load = os.getloadavg()[0]
    began = time.perf_counter()
    figures = _run(python, [name, str(size), *arguments], environment)
    seconds = round(time.perf_counter() - began)
    results = read()
    results[step] = figures
    results.setdefault("circumstances", {})[step] = {"load": round(load, 2), "seconds": seconds}
    KEPT.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"{step} took {seconds} s: {json.dumps(figures)}", flush=True)


def _run(python: str, arguments: list[str], environment: dict[str, str]) -> Any:
    module = "bench.scale.peers" if arguments[0] == "peers" else "bench.scale.stage"
    rest = arguments[1:] if arguments[0] == "peers" else arguments
    done = subprocess.run(
        [python, "-m", module, *rest],
        cwd=places.PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()

"""`python -m bench.peers`: compare, keep every ranking, and renew docs/benchmarks.md.

--sets NAME…     only these sets         --systems NAME…   only these, and "supportapp"
--report-only    no searching: figures from the rankings that lie there
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.peers import figures, made_sets, report, runs, sets
from bench.peers.catalogue import PEERS
from bench.peers.figures import OURS
from bench.peers.report import Measured
from supportapp.evals import report_file

BENCHMARKS = Path(os.environ.get("BENCHMARKS", "../shared/benchmarks"))
PEERS_PYTHON = Path(".venv-peers/bin/python")
KEPT = Path(".data/bench")
RUNS, RESULTS = KEPT / "runs", KEPT / "peers.json"
CACHE = KEPT / "vectors.sqlite"
DOCS = Path("docs")


def main() -> None:
    arguments = _arguments()
    began = time.monotonic()
    folders = [path.parent for path in sorted(BENCHMARKS.glob("*/qrels.tsv"))]
    folders += made_sets.make(BENCHMARKS, KEPT / "sets")
    chosen = [path for path in folders if not arguments.sets or path.name in arguments.sets]
    if not arguments.report_only:
        search(chosen, arguments.systems)
    results = measured(folders)
    versions = _versions()
    save(results, versions)
    minutes = (time.monotonic() - began) / 60
    report_file.renew(
        DOCS / "benchmarks.md",
        "peers",
        [*report.lines(results), "", *report.missing(_there(folders)), *_circumstances(versions)],
    )
    print(f"Done in {minutes:.0f} minutes. Rankings: {RUNS}; figures: {RESULTS}", file=sys.stderr)


def search(folders: list[Path], systems: list[str]) -> None:
    """Let every system search every set, one after another."""
    from bench.peers.servers import thrown_away

    with thrown_away() as database_url:
        from bench.peers import product

        peers = [name for name in systems if name != OURS]
        product.keep_passage_vectors(CACHE)
        for folder in folders:
            if OURS in systems:
                product.measure(folder, RUNS)
            if peers:
                kept = ["--out", str(RUNS), "--cache", str(CACHE)]
                command = ["bench.peers.worker", str(folder), *kept, "--peers", *peers]
                _in_peers_environment(command, database_url)


def measured(folders: list[Path]) -> list[Measured]:
    """Compute everything from the rankings on disk."""
    results = []
    for folder in folders:
        kept = runs.load(RUNS / folder.name) if (RUNS / folder.name).is_dir() else []
        # Without both sides there is nothing to compare yet.
        if {run.system == OURS for run in kept} != {True, False}:
            continue
        searched = sets.read(folder)
        unanswerable = [question.id for question in searched.unanswerable]
        results.append(
            Measured(
                name=searched.name,
                passages=len(searched.passages),
                questions=len(searched.questions),
                unanswerable=len(searched.unanswerable),
                figures=[figures.of(run, searched.grades, unanswerable) for run in kept],
            )
        )
    return results


def save(results: list[Measured], versions: dict[str, str]) -> None:
    """Write the figures, and the plots made of them."""
    written: dict[str, Any] = {"versions": versions, "sets": []}
    for each in results:
        rows = figures.as_json(each.figures)
        for row in rows:
            row["label"] = report.label(row["system"]).strip("*")
        about = {"name": each.name, "passages": each.passages, "questions": each.questions}
        written["sets"].append({**about, "unanswerable": each.unanswerable, "figures": rows})
    RESULTS.write_text(json.dumps(written, indent=1), encoding="utf-8")
    _in_peers_environment(["bench.peers.plots", str(RESULTS), str(DOCS / "images")])


def _in_peers_environment(command: list[str], database_url: str = "") -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"PEERS_DATABASE_URL": database_url, "HAYSTACK_TELEMETRY_ENABLED": "False"}
    subprocess.run([str(PEERS_PYTHON), "-m", *command], check=True, env=environment)


def _versions() -> dict[str, str]:
    listed = subprocess.run(
        [str(PEERS_PYTHON), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        check=True,
        capture_output=True,
        text=True,
    )
    return {each["name"]: each["version"] for each in json.loads(listed.stdout)}


def _there(folders: list[Path]) -> dict[str, list[str]]:
    """Return which systems have ranked each set."""
    return {
        folder.name: [path.name.split(".")[0] for path in (RUNS / folder.name).glob("*.json")]
        for folder in folders
    }


def _circumstances(versions: dict[str, str]) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"Made by `make bench-retrieval` on {datetime.now(UTC).date().isoformat()};"
        f" {os.cpu_count()} cores, {memory:.0f} GB, no GPU, and {os.getloadavg()[2]:.0f} processes"
        " wanting the cores in the last quarter of an hour, this run among them: where that is more"
        f" than one, times say little. {report.versions(versions)}."
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare the product's search with its peers.")
    parser.add_argument("--sets", nargs="+", default=[])
    parser.add_argument("--systems", nargs="+", choices=[OURS, *PEERS], default=[OURS, *PEERS])
    parser.add_argument("--report-only", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()

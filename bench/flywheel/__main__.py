"""`python -m bench.flywheel [--write] [pages] [intake]`: on 10,000 simulated turns.

Every page of staff's is read by two people at once through the real server; then fifty signs a
second come in over HTTP while the worker is killed. The past is made by `bench.simulated` where it
isn't there; --write renews docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from bench import simulated


def main() -> None:
    os.environ |= simulated.environment()
    import django

    django.setup()
    simulated.prepare()
    simulated.fill()
    from bench.flywheel import intake, pages, site

    wanted = {"pages", "intake"} & set(sys.argv) or {"pages", "intake"}
    with site.web() as (base, server):
        timed = pages.measure(base, server, pages.addresses()) if "pages" in wanted else []
        figures = intake.run(base) if "intake" in wanted else {}
    for each in timed:
        mark = "" if each.is_within else "  <-- too slow" if each.status == 200 else "  <-- fails"
        print(f"{each.p50:7.0f} {each.p95:7.0f} {each.cpu:6.0f}  {each.status} {each.name}{mark}")
    print(json.dumps(figures, indent=1))
    if "--write" in sys.argv:
        _write(timed, figures)
    if not all(each.is_within for each in timed) or figures.get("lost") or figures.get("doubled"):
        sys.exit(1)


def _write(timed: list[Any], figures: dict[str, Any]) -> None:
    from bench.flywheel.pages import MOST_MS, READERS, ROUNDS
    from supportapp.evals import report_file

    made = (
        f"Made by `python -m bench.flywheel --write` on {datetime.now(UTC).date().isoformat()},"
        f" {os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f}, no GPU."
    )
    path = simulated.PROJECT / "docs" / "benchmarks.md"
    if timed:
        slow = [each.name for each in timed if not each.is_within]
        said = (
            "All are within"
            if not slow
            else f"Not within: {', '.join(slow)}. The others are within"
        )
        rows = ["| Page | p50 | p95 | of a core |", "|---|--:|--:|--:|"]
        rows += [
            f"| {each.name} | {each.p50:.0f} ms | {each.p95:.0f} ms | {each.cpu:.0f} ms |"
            for each in timed
        ]
        about = (
            f"{len(timed)} pages, each read {ROUNDS} times by {READERS} people at once, after a"
            f" warm-up. {said} {MOST_MS:.0f} ms at p95. The last column is what one answer takes of"
            " a core, web server and database together, however busy the machine is."
        )
        report_file.renew(path, "flywheel-pages", [about, "", *rows, "", made])
    if figures:
        report_file.renew(path, "flywheel-intake", [*_intake(figures), "", made])


def _intake(figures: dict[str, Any]) -> list[str]:
    from bench.flywheel.intake import AWAY_SECONDS, FLOOD, PER_SECOND, SECONDS

    return [
        f"{PER_SECOND} ratings and signals a second for {SECONDS} s, each of another visitor; the"
        f" worker was killed (SIGKILL) after {SECONDS * 0.4:.0f} s and started again"
        f" {AWAY_SECONDS:.0f} s later.",
        "",
        "| Accepted | lost | doubled | rated down | without a review item"
        " | answered in, p50 / p95 | all done after the last |",
        "|--:|--:|--:|--:|--:|--:|--:|",
        f"| {figures['accepted']} | {figures['lost']} | {figures['doubled']} |"
        f" {figures['rated_down']} | {figures['without_item']} |"
        f" {figures['p50_ms']} / {figures['p95_ms']} ms | {figures['drained_seconds']} s |",
        "",
        f"{figures['refused']} were refused. A visitor who sent {FLOOD} at once was told to wait"
        f" {figures['flood_refused']} times.",
    ]


if __name__ == "__main__":
    main()

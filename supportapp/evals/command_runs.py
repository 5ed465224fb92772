"""The command's verbs about runs: run, show, compare. Fit for CI: exit codes say how it went."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError

from supportapp.evals import carrying, contrast, gates, run_report, running
from supportapp.evals.candidates import Chosen
from supportapp.evals.carrying import Ended, Limits
from supportapp.evals.command_data import common, dataset_of, say, workspace_of
from supportapp.evals.gates import BadGate
from supportapp.evals.models import Dataset, Run
from supportapp.evals.progress import bars

Options = Mapping[str, Any]
LATEST = "latest"
INTERRUPTED, BELOW = 130, 1


def add_arguments(kinds: Any) -> None:
    """Declare the verbs."""
    run = kinds.add_parser("run", help="answer and score every example")
    run.add_argument("dataset")
    run.add_argument("--prompt", default="", help="a version such as v2 or 5, or a label")
    run.add_argument("--model", default="", help="a configured model, or “quoting” for none")
    run.add_argument("--repeats", type=int, default=1, metavar="N")
    run.add_argument("--seed", type=int, metavar="N")
    run.add_argument("--reason", default="", help="why, for those who look at it later")
    run.add_argument("--no-judge", action="store_true", help="only scorers that need no model")
    run.add_argument(
        "--resume", nargs="?", const=LATEST, metavar="RUN", help="go on with one that broke off"
    )
    run.add_argument(
        "--fail-under", action="append", default=[], metavar="SCORER=VALUE",
        help="exit 1 where the mean is below it (above it, for cost and times)",
    )  # fmt: skip
    run.add_argument(
        "--fail-on-regression", nargs="?", const=LATEST, metavar="RUN",
        help="exit 1 where a scorer is worse than in that run, or the one before, beyond chance",
    )  # fmt: skip
    show = kinds.add_parser("show", help="a run's figures")
    show.add_argument("run", type=int)
    show.add_argument("--examples", action="store_true", help="every result too")
    compare = kinds.add_parser("compare", help="two runs side by side")
    compare.add_argument("before", type=int)
    compare.add_argument("after", type=int)
    for parser in (run, show, compare):
        common(parser)


def run_dataset(options: Options, out: Any) -> None:
    """Run a dataset here and now; Ctrl-C cancels it, and `--resume` goes on."""
    dataset = dataset_of(options)
    try:
        limits = gates.parse(options["fail_under"])
    except BadGate as error:
        raise CommandError(str(error)) from None
    if not 1 <= options["repeats"] <= running.MOST_REPEATS:
        raise CommandError(f"From 1 to {running.MOST_REPEATS} repeats.")
    known = _run_of(options, options["fail_on_regression"])
    run = _resumed(dataset, options) or running.ask(
        dataset,
        Chosen(
            prompt=options["prompt"],
            model=options["model"],
            repeats=options["repeats"],
            seed=options["seed"],
            is_judged=not options["no_judge"],
        ),
        reason=options["reason"] or "manage.py evals run",
        author=None,
    )
    _carry_on(run)
    run.refresh_from_db()
    baseline = known or (contrast.baseline(run) if options["fail_on_regression"] else None)
    faults = gates.faults(run, limits, baseline)
    found = run_report.as_json(run) | {"faults": faults, "passed": not faults}
    said = "".join(f"\nFAILED: {each}" for each in faults)
    say(out, options, found, run_report.table(run) + said)
    if faults:
        sys.exit(BELOW)


def show_run(options: Options, out: Any) -> None:
    """Print a run's figures."""
    run = _run(options, options["run"])
    found = run_report.as_json(run)
    if options["examples"]:
        found["results"] = run_report.rows(run)
    say(out, options, found, run_report.table(run, with_rows=options["examples"]))


def compare_runs(options: Options, out: Any) -> None:
    """Print what differs between two runs."""
    found = contrast.contrast(_run(options, options["before"]), _run(options, options["after"]))
    say(out, options, run_report.contrast_json(found), run_report.contrast_table(found))


def _carry_on(run: Run) -> None:
    with bars() as bar, _stop_on_interrupt() as stopping:
        ended = carrying.carry_on(
            run.pk,
            limits=Limits(stopping=stopping),
            progress=lambda done, total: bar(f"Run {run.pk}", done, total),
            by_force=True,
        )
    if stopping.is_set():
        sys.stderr.write(f"Cancelled. Go on with --resume {run.pk}.\n")
        sys.exit(INTERRUPTED)
    if ended is not Ended.DONE:
        run.refresh_from_db()
        raise CommandError(f"Run {run.pk}: {run.message or f'it was {run.state} elsewhere.'}")


@contextmanager
def _stop_on_interrupt() -> Iterator[threading.Event]:
    """Set an event on Ctrl-C instead of breaking off wherever we are; a second one breaks off."""
    stopping = threading.Event()

    def stop(number: int, frame: object) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def _resumed(dataset: Dataset, options: Options) -> Run | None:
    if options["resume"] is None:
        return None
    if options["resume"] == LATEST:
        found = dataset.runs.exclude(state=Run.State.DONE).first()
        if found is None:
            raise CommandError("No run of this dataset was broken off.")
        return found
    run = _run_of(options, options["resume"])
    if run is None or run.dataset_id != dataset.pk or run.state == Run.State.DONE:
        raise CommandError("That is no run of this dataset that was broken off.")
    return run


def _run_of(options: Options, named: str | None) -> Run | None:
    if named is None or named == LATEST:
        return None
    if not named.isdecimal():
        raise CommandError("A run is named by its number.")
    return _run(options, int(named))


def _run(options: Options, number: int) -> Run:
    runs = Run.objects.select_related("dataset__workspace", "author")
    found = runs.filter(dataset__workspace=workspace_of(options), pk=number).first()
    if found is None:
        raise CommandError(f"There is no run {number}.")
    return found


VERBS: Mapping[str, Callable[[Options, Any], None]] = {
    "run": run_dataset,
    "show": show_run,
    "compare": compare_runs,
}

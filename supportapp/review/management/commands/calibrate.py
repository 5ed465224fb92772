"""manage.py calibrate: teach a workspace when not to answer, from labelled questions."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from supportapp.answering import assemble
from supportapp.evals import calibrations as fits
from supportapp.evals import labelled
from supportapp.evals.benchmark import BenchmarkError
from supportapp.evals.calibrating import Case, Fitted, TooFewLabels
from supportapp.evals.calibrations import Basis, PromiseTooHigh
from supportapp.evals.curve import Curve, Point
from supportapp.evals.labelled import LabelledSet
from supportapp.evals.progress import bars
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval import calibrations
from supportapp.review import labels
from supportapp.review.calibrating import REVIEW_LABELS

SHOWN = (0.99, 0.95, 0.9, 0.85, 0.8)


def share(text: str) -> float:
    """Read a share between one half and one."""
    try:
        value = float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a number") from None
    if not 0.5 <= value < 1:
        raise ArgumentTypeError("a promise lies between 0.5 and 1")
    return value


class Command(BaseCommand):
    help = (
        "Fit how sure a workspace's search has to be, and set the threshold for a promised"
        " precision. A benchmark's folder goes into a workspace of its own where none is named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="the default one where not given")
        parser.add_argument(
            "--data",
            type=Path,
            nargs="+",
            default=[],
            metavar="PATH",
            help="a benchmark's folder, or files of lines {text, context?, articles: [slugs]}",
        )
        parser.add_argument("--labels", action="store_true", help="the reviewers' labels too")
        parser.add_argument("--precision", type=share, default=0.95, help="0.95 where not given")
        parser.add_argument(
            "--surely",
            action="store_true",
            help="keep the promise with the lower end of the precision's 95%% interval",
        )
        parser.add_argument("--dry-run", action="store_true", help="change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["data"] and not options["labels"]:
            raise CommandError("Name questions: --data PATH, --labels, or both.")
        try:
            workspace, basis = _gathered(options)
            fitted = fits.fit(basis)
            self._tell(workspace, basis, fitted, options)
        except (BenchmarkError, EmbeddingUnavailable, TooFewLabels, PromiseTooHigh) as error:
            raise CommandError(str(error)) from None

    def _tell(
        self, workspace: Workspace, basis: Basis, fitted: Fitted, options: dict[str, Any]
    ) -> None:
        """Print what the labels say, then set the threshold that keeps the promise."""
        if not options["json"]:
            Console(file=sys.stdout).print(as_table(workspace, basis, fitted))
        precision = options["precision"]
        point = fits.promised(fitted.curve, precision, surely=options["surely"])
        made = fits.of(workspace, basis, fitted, point, precision=precision)
        if not options["dry_run"]:
            calibrations.adopt(made)
        if options["json"]:
            figures = as_json(workspace, basis, fitted, point)
            figures["calibration"] = made.pk
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        else:
            done = "It would count" if options["dry_run"] else "It counts"
            self.stdout.write(f"{in_words(point)} {done} from the next question on.")


def _gathered(options: dict[str, Any]) -> tuple[Workspace, Basis]:
    """Search for every labelled question there is."""
    slug = options["workspace"]
    named = Workspace.objects.filter(slug=slug).first() if slug else None
    if slug and named is None:
        raise CommandError(f"There is no workspace “{slug}”.")
    with bars() as progress:
        sets: dict[str, LabelledSet] = {}
        for path in options["data"]:
            if path.is_dir():
                sets[path.resolve().name] = labelled.of_benchmark(path, named, progress)
            else:
                sets[path.name] = labelled.of_file(path, named or Workspace.default())
        if options["labels"]:
            known = {each.workspace for each in sets.values()}
            home = named or (known.pop() if len(known) == 1 else Workspace.default())
            sets[REVIEW_LABELS] = labels.of(home)
        if len({each.workspace.pk for each in sets.values()}) > 1:
            raise CommandError("These questions are for several workspaces: one at a time.")
        limits = assemble.search_limits()
        cases: list[Case] = []
        for each in sets.values():
            cases += each.cases(limits, progress)
    workspace = next(iter(sets.values())).workspace
    return workspace, Basis(cases, {name: len(each.questions) for name, each in sets.items()})


def as_json(workspace: Workspace, basis: Basis, fitted: Fitted, point: Point) -> dict[str, Any]:
    """Return the figures; keys are never renamed."""
    return {
        "workspace": workspace.slug,
        "questions": len(basis.cases),
        "right": sum(case.is_right for case in basis.cases),
        "sources": basis.sources,
        "auc": round(fitted.auc, 4),
        "shipped_auc": round(fitted.shipped_auc, 4),
        "threshold": round(point.threshold, 6),
        "coverage": round(point.coverage, 4),
        "precision": round(point.precision, 4),
        "precision_at_least": round(point.surely, 4),
        "at_precision": {
            f"{promise:.2f}": {
                "coverage": _coverage(fitted.curve, promise),
                "shipped_coverage": _coverage(fitted.shipped_curve, promise),
            }
            for promise in SHOWN
        },
        "curve": fitted.curve.stored(),
    }


def as_table(workspace: Workspace, basis: Basis, fitted: Fitted) -> Table:
    """Return the figures for a terminal."""
    right = sum(case.is_right for case in basis.cases)
    table = Table(
        title=f"{workspace.slug}: {len(basis.cases)} questions, {right} answered right",
        title_justify="left",
    )
    for column in ("", "calibrated", "shipped"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("AUC", f"{fitted.auc:.3f}", f"{fitted.shipped_auc:.3f}")
    for promise in SHOWN:
        table.add_row(
            f"coverage at {promise:.0%} precision",
            _shown(_coverage(fitted.curve, promise)),
            _shown(_coverage(fitted.shipped_curve, promise)),
        )
    return table


def in_words(point: Point) -> str:
    """Say what a threshold means for a hundred questions."""
    return (
        f"Threshold {point.threshold:.3f}: of 100 questions it answers {point.answered_of_100},"
        f" {point.wrong_of_100} of these wrongly ({point.precision:.1%} right; with chance counted,"
        f" at least {point.surely:.1%})."
    )


def _coverage(curve: Curve, promise: float) -> float | None:
    point = curve.promising(promise)
    return round(point.coverage, 4) if point else None


def _shown(coverage: float | None) -> str:
    return "none" if coverage is None else f"{coverage:.1%}"

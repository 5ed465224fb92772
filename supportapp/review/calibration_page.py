"""What the page of a workspace's threshold shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.safestring import SafeString

from supportapp.answering import assemble
from supportapp.evals import calibrations as fits
from supportapp.evals.curve import Curve, Point
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import calibrations
from supportapp.retrieval.models import Calibration, CalibrationJob
from supportapp.review import curve_plot
from supportapp.review.calibration_form import PromiseForm, ThresholdForm, WorkspaceForm
from supportapp.review.models import Annotation

PROMISES = (0.99, 0.97, 0.95, 0.9, 0.85, 0.8, 0.7)
ROWS = 21
EARLIER = 20


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise with what it would cost; no point where it can't be made."""

    precision: float
    percent: str
    point: Point | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One calibration with its curve, ready to be drawn."""

    calibration: Calibration
    now: Point
    shipped_now: Point | None
    promises: tuple[Promised, ...]
    rows: tuple[Point, ...]
    plot: SafeString
    is_current: bool

    @classmethod
    def of(cls, known: Calibration) -> Shown:
        """Read what was stored with the calibration."""
        curve, shipped = fits.curve_of(known), fits.shipped_curve_of(known)
        now = curve.at(known.threshold)
        return cls(
            calibration=known,
            now=now,
            shipped_now=shipped.promising(known.precision) if known.precision else None,
            promises=tuple(_promised(curve, precision) for precision in PROMISES),
            rows=tuple(_rows(curve)),
            plot=curve_plot.plot(curve, shipped, now, known.precision),
            is_current=calibrations.is_current(known.weights),
        )


def _promised(curve: Curve, precision: float) -> Promised:
    return Promised(precision, f"{100 * precision:g}", curve.promising(precision))


def _rows(curve: Curve) -> list[Point]:
    """Return some of the drawn points, evenly, for the table beside the plot."""
    points = curve_plot.drawn(curve)
    step = max(1, (len(points) - 1) // (ROWS - 1)) if len(points) > 1 else 1
    return points[::step]


def context(workspace: Workspace) -> dict[str, Any]:
    """Return what the page shows of a workspace."""
    known = calibrations.active(workspace)
    stored = Calibration.objects.filter(workspace=workspace).select_related("made_by")
    usual = round(100 * known.precision, 1) if known and known.precision else None
    return {
        "workspace": workspace,
        "pick": WorkspaceForm(initial={"workspace": workspace.pk}),
        "is_one_of_many": Workspace.objects.count() > 1,
        "shown": Shown.of(known) if known else None,
        "history": stored[:EARLIER],
        "default_threshold": assemble.answer_limits().min_confidence,
        "promise_form": PromiseForm(initial={"percent": usual} if usual else None),
        "threshold_form": ThresholdForm(
            initial={"threshold": round(known.threshold, 4)} if known else None
        ),
        "labels": _labels(workspace),
    } | job_context(workspace)


def job_context(workspace: Workspace) -> dict[str, Any]:
    """Return what is known of the latest fit in the background."""
    job = CalibrationJob.objects.filter(workspace=workspace).first()
    return {"job": job, "is_running": bool(job and job.is_running), "workspace": workspace}


def _labels(workspace: Workspace) -> list[tuple[str, int]]:
    """Return how many labels there are of each verdict."""
    rows = (
        Annotation.objects.filter(
            undone_at__isnull=True, item__turn__conversation__workspace=workspace
        )
        .values_list("verdict")
        .annotate(count=Count("pk"))
    )
    counts = dict(rows)
    verdicts = Annotation.Verdict
    return [(str(v.label), counts[v.value]) for v in verdicts if v.value in counts]

"""Labelled questions in, a calibration out: fitted, promised, and ready to be adopted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from supportapp.evals import calibrating
from supportapp.evals.calibrating import Case, Fitted
from supportapp.evals.curve import Curve, Point
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import confidence
from supportapp.retrieval.models import Calibration

DIGITS = 6


class PromiseTooHigh(Exception):
    """No threshold keeps the promise; the message says what could be promised."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a calibration is fitted on: searched questions, and how many came from where."""

    cases: Sequence[Case]
    sources: dict[str, int]


def fit(basis: Basis) -> Fitted:
    """Fit the workspace's confidence from the shipped one; raises TooFewLabels."""
    return calibrating.calibrate(basis.cases, confidence.model(), dict(confidence.spreads()))


def promised(curve: Curve, precision: float, *, surely: bool = False) -> Point:
    """Return the laxest threshold that keeps the promise; raises PromiseTooHigh."""
    point = curve.promising(precision, surely=surely)
    if point is not None:
        return point
    best = curve.most_precise()
    if best is None:
        raise PromiseTooHigh("There is no labelled question to promise anything from.")
    raise PromiseTooHigh(
        f"No threshold keeps {precision:.0%}: at best {best.precision:.0%} of the answers are right"
        f" (at least {best.surely:.0%}, with chance counted), when {best.answered} of"
        f" {best.total} questions are answered."
    )


def of(
    workspace: Workspace,
    basis: Basis,
    fitted: Fitted,
    point: Point,
    *,
    precision: float | None,
    author: User | None = None,
) -> Calibration:
    """Return the calibration, not stored yet."""
    model = fitted.model
    return Calibration(
        workspace=workspace,
        weights={name: round(weight, DIGITS) for name, weight in model.weights.items()},
        words=dict(model.words),
        constant=round(model.constant, DIGITS),
        threshold=round(point.threshold, DIGITS),
        precision=precision,
        fitted_on=_fitted_on(basis, fitted),
        made_by=author,
    )


def with_threshold(
    known: Calibration, threshold: float, *, precision: float | None, author: User | None
) -> Calibration:
    """Return the same fit with another threshold, as a calibration of its own."""
    return Calibration(
        workspace=known.workspace,
        weights=known.weights,
        words=known.words,
        constant=known.constant,
        threshold=threshold,
        precision=precision,
        fitted_on=known.fitted_on,
        made_by=author,
    )


def curve_of(calibration: Calibration) -> Curve:
    """Return the curve that a calibration was fitted with."""
    return Curve.from_stored(calibration.fitted_on["curve"])


def shipped_curve_of(calibration: Calibration) -> Curve:
    """Return the shipped confidence's curve on the same questions."""
    return Curve.from_stored(calibration.fitted_on["shipped_curve"])


def _fitted_on(basis: Basis, fitted: Fitted) -> dict[str, Any]:
    return {
        "questions": len(basis.cases),
        "right": sum(case.is_right for case in basis.cases),
        "conversations": len({case.group for case in basis.cases}),
        "sources": basis.sources,
        "auc": round(fitted.auc, 4),
        "shipped_auc": round(fitted.shipped_auc, 4),
        "curve": fitted.curve.stored(),
        "shipped_curve": fitted.shipped_curve.stored(),
    }

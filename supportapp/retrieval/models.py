"""Calibration: how sure a workspace's search has to be, and what that was learned from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

UNIT = models.Q(threshold__gte=0.0, threshold__lte=1.0)


class CalibrationIsFixed(Exception):
    """A stored calibration never changes; another one takes its place."""


class Calibration(models.Model):
    """One fit of the confidence to one workspace's labelled questions. Fixed once stored.

    At most one per workspace is active, and every search reads it. Without one, the shipped
    weights and ANSWERING_MIN_CONFIDENCE count.
    """

    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, related_name="calibrations"
    )
    # By the names that confidence.features gives, and by speech.words.
    weights = models.JSONField()
    words = models.JSONField(default=dict, blank=True)
    constant = models.FloatField()
    threshold = models.FloatField(
        help_text="A question is answered when its confidence is at least this."
    )
    precision = models.FloatField(
        "promised precision",
        null=True,
        blank=True,
        help_text="Of the answered questions, the share to be right. None: set by hand.",
    )
    # Counts, AUC and the curve, cross-validated; see evals/calibrating.py.
    fitted_on = models.JSONField(default=dict)
    is_active = models.BooleanField("active", default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(is_active=True),
                name="one_active_calibration",
            ),
            models.CheckConstraint(condition=UNIT, name="calibration_threshold_in_unit"),
        ]

    def __str__(self) -> str:
        return f"Calibration {self.pk}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise CalibrationIsFixed(f"{self} is stored and never changes.")
        super().save(*args, **options)

    @property
    def promised_percent(self) -> str:
        return f"{100 * (self.precision or 0):.4g}"


class CalibrationJob(models.Model):
    """A fit that staff asked for, made by the worker."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Not possible"

    RUNNING = (State.WAITING, State.RUNNING)

    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, related_name="calibration_jobs"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    precision = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    calibration = models.ForeignKey(
        Calibration, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_running_calibration",
            )
        ]

    def __str__(self) -> str:
        return f"Calibration job {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

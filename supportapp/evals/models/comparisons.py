"""Comparison: two embedding models asked the same labelled questions, by the worker."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Comparison(models.Model):
    """What staff asked to be compared, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Not possible"

    name = models.CharField(max_length=120)
    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    # Names, not keys: what was compared is still to be read when a model is gone.
    first = models.CharField(max_length=120)
    second = models.CharField(max_length=120)
    questions = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    stage = models.CharField(max_length=160, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.first} and {self.second} on {self.name}"

    @property
    def is_running(self) -> bool:
        """Say whether the worker has still to end it."""
        return self.state in (self.State.WAITING, self.State.RUNNING)

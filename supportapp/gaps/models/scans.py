"""Scan: how far the worker has read."""

from __future__ import annotations

from django.db import models

from supportapp.knowledge.models import Workspace


class Scan(models.Model):
    """What the worker has read of one workspace, and whether it is at it now."""

    class Kind(models.TextChoices):
        QUESTIONS = "questions", "Questions"
        PASSAGES = "passages", "Passages"
        GOLDEN = "golden", "Golden set beside production"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Of questions: what finished or was said until then. Of passages: until which generation.
    read_to = models.DateTimeField(null=True, blank=True)
    generation = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Set while a worker is at it; one that says nothing for long is dead.
    busy_since = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # What was found, where it is too much to work out for a page.
    figures = models.JSONField(default=dict)
    message = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind"], name="one_scan_of_each_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.workspace_id}"

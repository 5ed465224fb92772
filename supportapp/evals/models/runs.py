"""Run and Result: one pass over a dataset, and each example's scores, kept in full."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models

from supportapp.evals.models.datasets import Dataset, Example

DIGITS, PLACES = 14, 8


class Run(models.Model):
    """One pass: what answered, on what, why and for whom. The audit of what changed."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Stopped by a fault"
        CANCELLED = "cancelled", "Cancelled"

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="runs")
    dataset_version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Which answers: v2 was shipped, 5 is the workspace's own. Fixed when the run is asked for.
    prompt = models.CharField(max_length=20)
    prompt_sha256 = models.CharField(max_length=64)
    prompts = models.JSONField(default=dict)
    model = models.CharField(max_length=120, blank=True)
    # Whether each question takes its route, as customers' do, or the named model answers all.
    is_routed = models.BooleanField(default=False)
    is_judged = models.BooleanField(default=True)
    judge = models.CharField(max_length=120, blank=True)
    retrieval = models.JSONField(default=dict, blank=True)
    generation = models.BigIntegerField(default=0)
    code_version = models.CharField(max_length=80, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    repeats = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    figures = models.JSONField(default=dict, blank=True)
    cost = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    message = models.CharField(max_length=300, blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Who carries it on, and its last sign of life: without one for a while, another goes on.
    holder = models.UUIDField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.dataset_id}"

    @property
    def is_open(self) -> bool:
        """Say whether the worker has still to end it."""
        return self.state in (self.State.WAITING, self.State.RUNNING)


class Result(models.Model):
    """What one example came to: the answer, what it rests on, and every score."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="results")
    example = models.ForeignKey(Example, models.CASCADE, related_name="results")
    repeat = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=12, blank=True)
    citations = models.JSONField(default=list)
    # The articles as they were ranked, best first, and the passages that were evidence.
    ranked = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    scores = models.JSONField(default=dict)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    judge_cost = models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, default=Decimal(0))
    milliseconds = models.FloatField(null=True, blank=True)
    first_token_ms = models.FloatField(null=True, blank=True)
    error = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["example__key", "repeat"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "example", "repeat"], name="one_result_per_repeat"
            )
        ]

    def __str__(self) -> str:
        return f"{self.example_id} in {self.run_id}"

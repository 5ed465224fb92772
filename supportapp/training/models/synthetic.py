"""SyntheticBatch and SyntheticQuestion: questions that a model made up from articles."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from supportapp.knowledge.models import Article, Passage, Workspace


class SyntheticBatch(models.Model):
    """One order to the model: so many questions for each passage."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Not possible"
        CANCELLED = "cancelled", "Cancelled"

    RUNNING = (State.WAITING, State.RUNNING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    per_passage = models.PositiveSmallIntegerField(
        "questions for each passage",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    most_passages = models.PositiveIntegerField(
        "passages at most", default=100, validators=[MinValueValidator(1)]
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # The last passage that is done with: a new worker goes on behind it.
    passed = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    message = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Synthetic questions {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING


class SyntheticQuestion(models.Model):
    """A question that no customer asked, and whether it passed the filters."""

    class Fate(models.TextChoices):
        KEPT = "kept", "Kept"
        NOT_FOUND = "not_found", "The search doesn't find its passage"
        DUPLICATE = "duplicate", "Near another question"
        UNSUPPORTED = "unsupported", "Its answer isn't in the passage"
        PERSONAL = "personal", "Names somebody"
        DISMISSED = "dismissed", "Dismissed by staff"

    batch = models.ForeignKey(SyntheticBatch, models.CASCADE, related_name="questions")
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, models.CASCADE, related_name="+")
    question = models.CharField(max_length=500)
    answer = models.TextField(blank=True)
    fate = models.CharField(max_length=12, choices=Fate.choices)
    rank = models.PositiveSmallIntegerField(null=True, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "passage", "question"], name="one_synthetic_question"
            )
        ]

    def __str__(self) -> str:
        return self.question

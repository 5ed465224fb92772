"""TrainingSet and TrainingFile: what was exported, from what, and under which terms."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from supportapp.knowledge.models import Workspace


class TrainingSet(models.Model):
    """Examples written down for a training, and what was left out and why."""

    class Kind(models.TextChoices):
        ANSWERS = "answers", "Questions with good answers"
        PREFERENCES = "preferences", "Pairs: the better and the worse answer"
        JUDGING = "judging", "People's judgements, for a judge"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Not possible"
        CANCELLED = "cancelled", "Cancelled"

    RUNNING = (State.WAITING, State.RUNNING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="training_sets")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ANSWERS)
    licence = models.CharField(
        max_length=120, help_text="Under which the data may be used, such as “internal use only”."
    )
    with_synthetic = models.BooleanField("with synthetic questions", default=False)
    validation_share = models.FloatField(
        default=0.1, validators=[MinValueValidator(0.0), MaxValueValidator(0.5)]
    )
    seed = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Numbers of what is in it, by source, and of what isn't, by reason; whether consent was given.
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
        return f"Training set {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING


class TrainingFile(models.Model):
    """One side of a training set as JSONL. It lives in the database, as uploads do."""

    class Split(models.TextChoices):
        TRAIN = "train", "Train"
        VALIDATION = "validation", "Validation"

    training_set = models.ForeignKey(TrainingSet, models.CASCADE, related_name="files")
    split = models.CharField(max_length=10, choices=Split.choices)
    content = models.TextField()
    rows = models.PositiveIntegerField()
    tokens = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    # Whose conversations it was made of: one that is deleted later takes the file with it.
    turns = ArrayField(models.UUIDField(), default=list)

    class Meta:
        ordering = ["training_set", "split"]
        constraints = [
            models.UniqueConstraint(fields=["training_set", "split"], name="one_file_a_split")
        ]

    def __str__(self) -> str:
        return f"{self.split} of {self.training_set_id}"

"""FineTuning: a model being trained at its server, and what must happen before it is used."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from supportapp.training.models.sets import TrainingSet


class FineTuning(models.Model):
    """One job at the server of a model, followed by the worker from upload to registration.

    Each step's id at the server is written down before the next begins, so that a worker that
    takes over starts nothing twice.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the worker"
        UPLOADING = "uploading", "Sending the files"
        TRAINING = "training", "Being trained"
        SUCCEEDED = "succeeded", "Trained"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    RUNNING = (State.WAITING, State.UPLOADING, State.TRAINING)

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    training_set = models.ForeignKey(TrainingSet, models.PROTECT, related_name="fine_tunings")
    # The model whose server trains, and which the new one would replace.
    endpoint = models.CharField("model to replace", max_length=60)
    base_model = models.CharField(
        "model to train", max_length=200, help_text="As the server calls it."
    )
    suffix = models.CharField(max_length=40, blank=True)
    epochs = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    seed = models.PositiveIntegerField(default=1)
    price = models.DecimalField(
        "price of training",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars per million trained tokens. Empty: not known.",
    )
    # Marks the job at the server, by which one that was started without our hearing is found.
    mark = models.CharField(max_length=40, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    is_cancel_asked = models.BooleanField(default=False)
    train_file = models.CharField(max_length=120, blank=True)
    validation_file = models.CharField(max_length=120, blank=True)
    job = models.CharField(max_length=120, blank=True)
    served_name = models.CharField(max_length=200, blank=True)
    trained_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    events = models.JSONField(default=list)
    attempts = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    registered = models.OneToOneField(
        ModelConfig, models.SET_NULL, null=True, blank=True, related_name="fine_tuning"
    )
    # The golden set with the model that it would replace, and with this one.
    baseline_run = models.ForeignKey(
        "evals.Run", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    candidate_run = models.ForeignKey(
        "evals.Run", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    put_into_use_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "fine-tuning"

    def __str__(self) -> str:
        return f"Fine-tuning {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

"""Rollout: a candidate tried beside what counts now, and what is known of both sides."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from supportapp.answering.models.prompts import PromptVersion, Purpose

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Side(models.TextChoices):
    """Which of the two answered."""

    PRODUCTION = "production", "Production"
    CANDIDATE = "candidate", "Candidate"


class Rollout(models.Model):
    """One candidate, given to a share of the conversations or asked behind the scenes.

    At most one of each mode runs in a workspace, so that a difference has one cause.
    """

    class Kind(models.TextChoices):
        PROMPT = "prompt", "Prompt"
        MODEL = "model", "Model"
        RETRIEVAL = "retrieval", "Retrieval"

    class Mode(models.TextChoices):
        CANARY = "canary", "Canary: answers a share of the conversations"
        SHADOW = "shadow", "Shadow: answers too, and nobody is shown it"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PROMOTED = "promoted", "Promoted"
        STOPPED = "stopped", "Stopped"
        ROLLED_BACK = "rolled_back", "Rolled back by a guard"

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="rollouts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    mode = models.CharField(max_length=10, choices=Mode.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, blank=True)
    prompt = models.ForeignKey(PromptVersion, models.RESTRICT, null=True, related_name="rollouts")
    model = models.CharField(max_length=60, blank=True)
    retrieval = models.JSONField(default=dict, blank=True)
    share = models.FloatField(validators=SHARE)
    salt = models.CharField(max_length=32)
    most_down = models.FloatField("rated down", null=True, blank=True, validators=SHARE)
    most_declined = models.FloatField("declined", null=True, blank=True, validators=SHARE)
    most_errors = models.FloatField("errors", null=True, blank=True, validators=SHARE)
    most_blocked = models.FloatField("blocked", null=True, blank=True, validators=SHARE)
    most_first_token_ms = models.PositiveIntegerField("time to first token", null=True, blank=True)
    least_turns = models.PositiveIntegerField(default=20, validators=[MinValueValidator(1)])
    why = models.CharField(max_length=300, blank=True)
    ended_why = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "mode"],
                condition=models.Q(state="running"),
                name="one_running_rollout_of_each_mode",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} rollout {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    @property
    def candidate(self) -> str:
        """Return what is tried, in words."""
        if self.kind == self.Kind.PROMPT:
            return str(self.prompt)
        if self.kind == self.Kind.MODEL:
            return f"Model {self.model}"
        return ", ".join(f"{name} {value}" for name, value in sorted(self.retrieval.items()))


class RolloutEvent(models.Model):
    """What happened to a rollout, when, by whom, and why. Never changed."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="events")
    what = models.CharField(max_length=20)
    why = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.rollout_id}"


class RolloutTurn(models.Model):
    """Which side answers a turn while a canary runs; its outcome stands in the turn."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="turns")
    turn = models.OneToOneField(
        "conversations.Turn", models.CASCADE, related_name="rollout_turn", primary_key=True
    )
    side = models.CharField(max_length=10, choices=Side.choices)

    class Meta:
        indexes = [models.Index(fields=["rollout", "side"], name="rollout_turn_side")]

    def __str__(self) -> str:
        return f"{self.side} of {self.rollout_id}"


class ShadowAnswer(models.Model):
    """What a candidate would have answered. Nobody but staff sees it; it goes with its turn."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="shadows")
    turn = models.ForeignKey("conversations.Turn", models.CASCADE, related_name="shadow_answers")
    outcome = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True)
    error = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    first_token_ms = models.FloatField(null=True, blank=True)
    total_ms = models.FloatField(null=True, blank=True)
    receipt = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollout", "turn"], name="one_shadow_per_turn")
        ]

    def __str__(self) -> str:
        return f"Shadow answer {self.pk}"


class Judgement(models.Model):
    """Which of two answers to one question is better; a model's, or one person's."""

    class Verdict(models.TextChoices):
        PRODUCTION = "production", "Production"
        CANDIDATE = "candidate", "Candidate"
        TIE = "tie", "Neither"

    shadow = models.ForeignKey(ShadowAnswer, models.CASCADE, related_name="judgements")
    judge = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+",
        help_text="None: a model.",
    )  # fmt: skip
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    # A model's two verdicts, one with the sides swapped, and its reasons.
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shadow", "judge"], name="one_judgement_each", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.shadow_id}"

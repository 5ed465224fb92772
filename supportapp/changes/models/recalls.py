"""Recall, an answer that turned out wrong, and Correction, what one conversation is told."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Recall(models.Model):
    """What is taken back, from whom, and in which words. Kept as a record."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        SENDING = "sending", "Being told"
        DONE = "done", "Everyone is told"
        CANCELLED = "cancelled", "Stopped"

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="recalls")
    # Where it began: with a label, a receipt or a revision. The passages say what it is about.
    item = models.ForeignKey(
        "review.ReviewItem", models.SET_NULL, null=True, blank=True, related_name="recalls"
    )
    turn = models.ForeignKey(
        "conversations.Turn", models.SET_NULL, null=True, blank=True, related_name="recalls"
    )
    revision = models.ForeignKey(
        "knowledge.Revision", models.PROTECT, null=True, blank=True, related_name="recalls"
    )
    passages = models.ManyToManyField("knowledge.Passage", blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(max_length=300, blank=True)
    text = models.TextField(max_length=8000, blank=True, help_text="Markdown.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    forgotten = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [("send_recall", "Can tell customers that an answer was wrong")]

    def __str__(self) -> str:
        return f"Recall {self.pk} ({self.state})"


class Correction(models.Model):
    """One conversation's correction; there is one, however often the work is begun."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        TOLD = "told", "Told"
        LEFT_OUT = "left_out", "Deleted by the customer"

    recall = models.ForeignKey(Recall, models.CASCADE, related_name="corrections")
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="corrections"
    )
    turn = models.ForeignKey(
        "conversations.Turn", models.SET_NULL, null=True, blank=True, related_name="corrections"
    )
    message = models.ForeignKey(
        "conversations.Message", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["recall", "conversation"], name="one_correction_each")
        ]
        indexes = [
            models.Index(
                fields=["recall"],
                condition=models.Q(state="waiting"),
                name="correction_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"Correction {self.pk} ({self.state})"

"""Which tools a workspace allows, every call of one, and changes that wait for a customer."""

from __future__ import annotations

import uuid

from django.db import models


class ToolSwitch(models.Model):
    """A workspace's permission for one tool. Without a row, shipped tools are on."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    tool = models.CharField(max_length=64)
    is_on = models.BooleanField("allowed", default=True)

    class Meta:
        verbose_name = "tool permission"
        ordering = ["workspace", "tool"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "tool"], name="one_switch_per_tool")
        ]

    def __str__(self) -> str:
        return f"{self.tool}: {'allowed' if self.is_on else 'not allowed'}"


class ToolCall(models.Model):
    """The audit of one call: which tool, for which turn, how it ended; no customer's text.

    Arguments are kept in the clear only where the tool allows it; the rest as keyed hashes.
    """

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    turn = models.ForeignKey(
        "conversations.Turn", models.SET_NULL, null=True, blank=True, related_name="tool_calls"
    )
    confirmation = models.ForeignKey(
        "tools.Confirmation", models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    tool = models.CharField(max_length=64)
    code = models.CharField("ended", max_length=20)
    arguments = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    milliseconds = models.FloatField(default=0)
    was_signed_in = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at"], name="tool_call_newest")]

    def __str__(self) -> str:
        return f"{self.tool} ({self.code})"


class Confirmation(models.Model):
    """A change that the assistant proposed, and what the customer said to it.

    Its id is the idempotency key of the change: however often it is carried out, it counts once.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        CONFIRMED = "confirmed", "Confirmed, under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        DECLINED = "declined", "Declined"
        EXPIRED = "expired", "Expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    turn = models.OneToOneField("conversations.Turn", models.CASCADE, related_name="confirmation")
    visitor = models.UUIDField()
    username = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=10, default="en")
    audiences = models.JSONField(default=list)
    tool = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict)
    # All of it: whoever says yes has to have seen what for.
    question = models.TextField()
    contact = models.EmailField(blank=True, help_text="Only until it is carried out.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    outcome = models.TextField(blank=True, help_text="What came of it, in words for the customer.")
    error = models.CharField(max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.tool} ({self.state})"

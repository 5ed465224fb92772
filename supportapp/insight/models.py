"""DataQuery, TurnFact, FactMark, Digest, DigestReader, DigestDelivery."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class DataQuery(models.Model):
    """One query that was asked for, as it ran or why it didn't."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    origin = models.CharField(max_length=10)
    question = models.CharField(max_length=500, blank=True)
    sql = models.TextField(blank=True)
    rows = models.PositiveIntegerField(default=0)
    milliseconds = models.FloatField(default=0)
    error = models.CharField(max_length=300, blank=True)
    was_exported = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "data query"
        verbose_name_plural = "data queries"
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("ask_data", "Can ask the data"),
            ("write_sql", "Can write SQL over the views"),
            ("read_texts", "Can read customers' texts in answers"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} ({self.created_at:%Y-%m-%d %H:%M})"


class TurnFact(models.Model):
    """What the dashboard counts of one finished turn: fixed once it is over, and without words.

    What changes later (ratings, signals, requests, a deletion) is read from its own table. Two
    columns follow from the conversation's other turns: whether this is the newest version of its
    question, and whether it is the conversation's last question.
    """

    class Ending(models.TextChoices):
        ANSWERED = "answered", "Answered"
        DECLINED = "declined", "Declined: no evidence"
        BLOCKED = "blocked", "Blocked by a guard"
        SMALL_TALK = "small_talk", "Small talk"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped by the customer"

    turn = models.OneToOneField(
        "conversations.Turn", models.CASCADE, primary_key=True, related_name="+"
    )
    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    conversation = models.ForeignKey("conversations.Conversation", models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    ending = models.CharField(max_length=12, choices=Ending.choices)
    route = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt = models.CharField(max_length=120, blank=True)
    first_token_ms = models.FloatField(null=True)
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    guards = ArrayField(models.CharField(max_length=40), default=list)
    is_current = models.BooleanField(default=True)
    is_last = models.BooleanField(default=False)

    class Meta:
        verbose_name = "counted turn"
        indexes = [
            models.Index(fields=["workspace", "asked_at"], name="fact_when"),
            models.Index(fields=["conversation", "position"], name="fact_conversation"),
        ]
        permissions = [("see_dashboard", "Can see the dashboard and its digest")]

    def __str__(self) -> str:
        return f"{self.ending} ({self.turn_id})"


class FactMark(models.Model):
    """Every turn made before this moment is over and has its fact."""

    complete_before = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.complete_before:%Y-%m-%d %H:%M:%S}"


class Digest(models.Model):
    """One week's numbers of a workspace, as they stood when the week was reported."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    monday = models.DateField("week from")
    figures = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-monday"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "monday"], name="one_digest_a_week")
        ]

    def __str__(self) -> str:
        return f"Week from {self.monday:%Y-%m-%d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)


class DigestReader(models.Model):
    """A staff member who wants the weekly digest of a workspace by mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="one_digest_wish_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} reads {self.workspace_id}"


class DigestDelivery(models.Model):
    """A digest on its way to one person: marked before it is mailed, so that it goes once."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being mailed"
        SENT = "sent", "Mailed"
        FAILED = "failed", "Refused by the mail server"

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "digest deliveries"
        constraints = [models.UniqueConstraint(fields=["digest", "user"], name="one_delivery_each")]

    def __str__(self) -> str:
        return f"{self.digest_id} to {self.user_id}: {self.state}"

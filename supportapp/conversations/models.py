"""Conversation, Turn, Citation, SpanRecord, Handoff, Message."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Conversation(models.Model):
    """One visitor's dialogue. Only its visitor may read or write it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, related_name="conversations"
    )
    visitor = models.UUIDField(db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["visitor", "-updated_at"], name="conversation_history")]

    def __str__(self) -> str:
        return f"Conversation {self.id}"


class Turn(models.Model):
    """One question with its answer, and the receipt of what the answer was made of."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        STREAMING = "streaming", "Being answered"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"
        INTERRUPTED = "interrupted", "Interrupted"

    class Cause(models.TextChoices):
        ASK = "ask", "Asked"
        EDIT = "edit", "Edited"
        REGENERATE = "regenerate", "Asked again"

    RUNNING = (State.WAITING, State.STREAMING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    position = models.PositiveIntegerField()
    client_id = models.UUIDField()
    cause = models.CharField(max_length=10, choices=Cause.choices, default=Cause.ASK)
    supersedes = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, related_name="superseded_by"
    )
    question = models.TextField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    outcome = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    answer = models.TextField(
        blank=True, help_text="Markdown with [n] markers; the text so far while it runs."
    )
    streamed_seq = models.PositiveIntegerField(
        default=0, help_text="While it runs: the number of the last frame in the text so far."
    )
    runner = models.CharField(
        max_length=120, blank=True, help_text="The process that runs it, as others reach it."
    )
    suggestions = models.JSONField(default=list, blank=True)
    closest = models.JSONField(default=list, blank=True)
    notices = models.JSONField(default=list, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt_version = models.CharField(max_length=120, blank=True)
    generation = models.BigIntegerField(null=True, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    first_token_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "client_id"], name="one_turn_per_client_id"
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(state__in=["waiting", "streaming"]),
                name="one_running_turn_each",
            ),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                condition=models.Q(state__in=["waiting", "streaming"]),
                name="turn_running",
            ),
            models.Index(fields=["-created_at"], name="turn_newest"),
        ]

    def __str__(self) -> str:
        return f"Turn {self.id} ({self.state})"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING


class Citation(models.Model):
    """A numbered link from an answer to the passage that it rests on."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    passage = models.ForeignKey("knowledge.Passage", models.PROTECT, related_name="citations")
    revision = models.ForeignKey("knowledge.Revision", models.PROTECT, related_name="citations")
    article = models.ForeignKey("knowledge.Article", models.PROTECT, related_name="citations")
    quote = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "number"], name="one_citation_per_number")
        ]

    def __str__(self) -> str:
        return f"[{self.number}]"


class SpanRecord(models.Model):
    """One timed step of a turn."""

    turn = models.ForeignKey(Turn, models.CASCADE, related_name="spans")
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    depth = models.PositiveSmallIntegerField(default=0)
    started_ms = models.FloatField()
    duration_ms = models.FloatField()
    attributes = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.name} {self.duration_ms:.0f} ms"


class Handoff(models.Model):
    """A customer's request for a person, which staff see and take."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        TAKEN = "taken", "Taken"
        CLOSED = "closed", "Closed"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="handoffs")
    turn = models.ForeignKey(Turn, models.SET_NULL, null=True, blank=True, related_name="handoffs")
    client_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    contact = models.EmailField()
    message = models.TextField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Request {self.pk} ({self.state})"


class Message(models.Model):
    """What the team writes into a conversation: a correction, a person's reply, what changed.

    It stands after the turn with the number `position`. The same `key` is posted once.
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction", "Correction"
        REPLY = "reply", "Reply"
        FOLLOWUP = "followup", "What changed"

    class Mail(models.TextChoices):
        NONE = "", "Not mailed"
        PROMISED = "promised", "To be mailed"
        SENDING = "sending", "Being mailed"
        SENT = "sent", "Mailed"
        FAILED = "failed", "Couldn't be mailed"

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField(max_length=8000, help_text="Markdown.")
    about_turn = models.ForeignKey(
        Turn, models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    position = models.PositiveIntegerField(default=0)
    # Customers see the team, never the account.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=120, unique=True)
    mail = models.CharField(max_length=10, choices=Mail.choices, blank=True, default=Mail.NONE)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            models.Index(
                fields=["conversation"],
                condition=models.Q(seen_at__isnull=True),
                name="message_unseen",
            )
        ]

    def __str__(self) -> str:
        return f"Message {self.pk} ({self.kind})"

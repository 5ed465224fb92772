"""OutboxEvent: work promised in the same transaction as the data it is about."""

import uuid

from django.db import models
from django.utils import timezone


class OutboxEvent(models.Model):
    """One task to run once. Payloads hold ids and short codes only, never customers' text."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent to the worker"
        DONE = "done", "Done"
        DEAD = "dead", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["waiting", "sent"]),
                name="outbox_due",
            )
        ]
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.task} ({self.state})"

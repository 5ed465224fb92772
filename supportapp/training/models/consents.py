"""Consent: whether customers' words may be used to train a model, who said so and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from supportapp.knowledge.models import Workspace


class Consent(models.Model):
    """One decision, never edited: the latest counts. A visitor's own goes before the workspace's.

    Without any, customers' words aren't used.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="training_consents")
    visitor = models.UUIDField(
        null=True, blank=True, help_text="Whose words. Empty: all of the workspace's customers."
    )
    is_given = models.BooleanField("may be used")
    basis = models.CharField(
        max_length=300, help_text="On what it rests: the terms that say so, a letter, a request."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["workspace", "visitor", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return "Given" if self.is_given else "Refused"

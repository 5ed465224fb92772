"""AskedQuestion: a customer's question as the groups see it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import VectorField

from supportapp.gaps.models.groups import Gap, Topic
from supportapp.knowledge.models import EmbeddingModel, Workspace


class AskedQuestion(models.Model):
    """One turn's question: its vector, its shape, and how badly it was answered.

    It holds no words of its own: they stay with the turn, and go with it.
    """

    turn = models.OneToOneField("conversations.Turn", models.CASCADE, related_name="asked_question")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="+")
    vector = VectorField()
    language = models.CharField(max_length=10, blank=True)
    length = models.PositiveIntegerField("words", default=0)
    follows_others = models.BooleanField(default=False)
    # From 0, nothing speaks against the answer, to 1; with the names of what does.
    badness = models.FloatField(default=0.0)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="asked_questions"
    )
    gap = models.ForeignKey(
        Gap, models.SET_NULL, null=True, blank=True, related_name="asked_questions"
    )
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(fields=["workspace", "asked_at"], name="asked_when"),
            models.Index(
                fields=["workspace", "gap"],
                condition=models.Q(badness__gt=0),
                name="asked_badly_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"Question of {self.turn_id}"

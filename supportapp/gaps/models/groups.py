"""Topic and Gap: questions that belong together, under an id that stays."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import VectorField

from supportapp.knowledge.models import Article, EmbeddingModel, Workspace


class Group(models.Model):
    """Questions that are alike on average: what a topic and a gap have in common.

    `mean` is the mean of the questions' unit vectors, not of length one: the dot product of two
    means is the average likeness of their questions.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    model = models.ForeignKey(EmbeddingModel, models.SET_NULL, null=True, related_name="+")
    mean = VectorField()
    # The most typical question without personal data, a model's title, or staff's own words.
    name = models.CharField(max_length=120)
    named_by = models.CharField(
        max_length=10,
        choices=[("question", "Its question"), ("model", "A model"), ("staff", "Staff")],
        default="question",
    )
    words = ArrayField(models.CharField(max_length=60), default=list)
    questions = models.PositiveIntegerField(default=0)
    first_asked_at = models.DateTimeField()
    last_asked_at = models.DateTimeField()
    # One that grew into another stays as a sign to it, so that addresses and notes hold.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Topic(Group):
    """What customers ask about: a wide group of all questions, well answered or not."""

    class Meta:
        ordering = ["-questions", "pk"]


class Gap(Group):
    """Questions that were answered badly or not at all, and belong together."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        SNOOZED = "snoozed", "Put off"
        DISMISSED = "dismissed", "Dismissed"
        SOLVED = "solved", "Solved"

    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    score = models.FloatField(default=0.0)
    customers = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # The draft that was made for it, and the article that answers it by now.
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="draft"
    )
    solved_by = models.ForeignKey(Article, models.SET_NULL, null=True, blank=True, related_name="+")
    # When it was last asked whether the articles answer it by now, and at which generation.
    checked_generation = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-score", "pk"]
        indexes = [models.Index(fields=["workspace", "state", "-score"], name="gap_open")]

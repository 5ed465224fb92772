"""PassagePair: two passages that say the same, or the opposite."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from supportapp.knowledge.models import Passage, Workspace


class PassagePair(models.Model):
    """Two live passages that a writer should look at together.

    `key` is made of both texts: a pair that was dismissed stays dismissed until one of the texts
    changes, however often they are published.
    """

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", "Say the same"
        CONTRADICTION = "contradiction", "May contradict each other"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISMISSED = "dismissed", "Dismissed"
        GONE = "gone", "No longer so"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    first = models.ForeignKey(Passage, models.CASCADE, related_name="+")
    second = models.ForeignKey(Passage, models.CASCADE, related_name="+")
    similarity = models.FloatField()
    overlap = models.FloatField()
    # What differs: pairs of sentences with the kind of difference.
    differences = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "-similarity", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="one_pair_of_texts")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.first_id} and {self.second_id}"

    @property
    def similarity_percent(self) -> int:
        return round(100 * self.similarity)

    @property
    def overlap_percent(self) -> int:
        return round(100 * self.overlap)

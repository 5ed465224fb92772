"""Dataset and Example: questions whose right answers are known, in versions that runs freeze."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

PUBLIC = "public"


def _public() -> list[str]:
    return [PUBLIC]


class Dataset(models.Model):
    """A set of examples. `version` is the one that is worked on; a run freezes it."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="datasets")
    name = models.SlugField(max_length=80, allow_unicode=True)
    description = models.CharField(max_length=300, blank=True)
    topic = models.CharField(max_length=120, blank=True, help_text="Empty: all topics.")
    version = models.PositiveIntegerField(default=1)
    # The latest version that a run has used: the next change begins another.
    frozen_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_dataset_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_frozen(self) -> bool:
        """Say whether a run has used the current version."""
        return self.frozen_version >= self.version

    def in_version(self, version: int) -> models.QuerySet[Example]:
        """Return the examples that a version holds, in their order."""
        held = Q(ended_version=None) | Q(ended_version__gt=version)
        return self.examples.filter(held, added_version__lte=version).order_by("key")

    @property
    def current(self) -> models.QuerySet[Example]:
        """Return the examples of the version that is worked on."""
        return self.in_version(self.version)


class Example(models.Model):
    """One question, and what is known of its right answer. Never changed once stored.

    An edit ends the row in one version of the dataset and adds another under the same key.
    """

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Should be answered"
        NO_EVIDENCE = "no_evidence", "Should say that it doesn't know"
        ANY = "", "Not said"

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="examples")
    key = models.SlugField(max_length=80, allow_unicode=True)
    question = models.TextField()
    context = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=10, default="en")
    audiences = ArrayField(models.CharField(max_length=10), default=_public)
    expected = models.TextField(blank=True)
    outcome = models.CharField(
        max_length=12, choices=Outcome.choices, default=Outcome.ANSWERED, blank=True
    )
    must_say = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    must_not_say = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    articles = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    assertions = models.JSONField(default=list, blank=True)
    topic = models.CharField(max_length=120, blank=True)
    source_turn = models.UUIDField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_version = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True, blank=True)
    # The first version that no longer holds it.
    ended_version = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["dataset", "key", "-added_version"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "key"],
                condition=Q(ended_version=None),
                name="one_example_of_a_key",
            )
        ]
        indexes = [models.Index(fields=["source_turn"], name="example_turn")]

    def __str__(self) -> str:
        return self.key

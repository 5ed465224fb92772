"""RoutePolicy: how a workspace chooses who answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from supportapp.answering.routing import BALANCED, CHEAP, QUALITY, QUOTING

LONGEST_WORD = 60
FEWEST_VOTES, MOST_VOTES = 1, 7


class RoutePolicy(models.Model):
    """What a workspace wants of its routes. Without one, ROUTE_POLICY counts, without words.

    Read with the workspace's other choices, and kept until one of them changes.
    """

    class Policy(models.TextChoices):
        QUALITY = QUALITY, "Quality: a large model for all but the easiest questions"
        BALANCED = BALANCED, "Balanced: a small model where it will do"
        CHEAP = CHEAP, "Cheap: quotes where they will do, mostly a small model otherwise"
        QUOTING = QUOTING, "Quoting: no model is asked"

    workspace = models.OneToOneField(
        "knowledge.Workspace", models.CASCADE, related_name="route_policy", primary_key=True
    )
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.BALANCED)
    critical = ArrayField(
        models.CharField(max_length=LONGEST_WORD), default=list, blank=True,
        verbose_name="critical words",
    )  # fmt: skip
    votes = models.PositiveSmallIntegerField(
        "drafts of a critical answer",
        default=3,
        validators=[MinValueValidator(FEWEST_VOTES), MaxValueValidator(MOST_VOTES)],
        help_text="So many are written and compared; the one that most agree with is shown, and "
        "the articles’ own words where no two agree. 1: no comparing.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "route policies"

    def __str__(self) -> str:
        return f"Routes of {self.workspace}"

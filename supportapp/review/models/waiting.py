"""ReviewItem and what decides about it: the rules, the rota, the day's sample."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

WORKING_DAYS = 5


def working_days() -> list[int]:
    """Return Monday to Friday, as datetime numbers them."""
    return list(range(WORKING_DAYS))


class ReviewItem(models.Model):
    """A turn that waits for a person's judgement."""

    class Reason(models.TextChoices):
        LOW_RATED = "low_rated", "Rated down"
        ASKED_PERSON = "asked_person", "Asked for a person"
        SIGNALS = "signals", "Customer wasn't helped"
        GUARDRAIL = "guardrail", "Stopped by a guard"
        LOW_SUPPORT = "low_support", "Weakly supported"
        NEW_TOPIC = "new_topic", "New topic"
        REMEMBERED = "remembered", "Served from memory"
        SAMPLED = "sampled", "Random sample"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISPUTED = "disputed", "Opinions differ"
        DONE = "done", "Done"

    turn = models.OneToOneField("conversations.Turn", models.CASCADE, related_name="review_item")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    wanted = models.PositiveSmallIntegerField(
        default=1, help_text="How many people are to judge it, each without seeing the others."
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose it is to judge; empty: anybody's.",
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is looking at it now.",
    )
    locked_until = models.DateTimeField(null=True, blank=True)
    gold_verdict = models.CharField(
        max_length=20, blank=True, help_text="What is known to be right: seeded in, blind."
    )
    gold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "created_at"],
                condition=models.Q(state="open"),
                name="review_open",
            ),
            models.Index(
                fields=["reason", "-priority", "created_at"],
                condition=models.Q(state="open"),
                name="review_open_reason",
            ),
            models.Index(
                fields=["created_at"], condition=models.Q(state="disputed"), name="review_disputed"
            ),
            models.Index(fields=["id"], condition=~models.Q(gold_verdict=""), name="review_gold"),
            models.Index(fields=["-done_at"], name="review_done"),
        ]
        permissions = [
            (
                "settle_reviewitem",
                "Can settle disagreements, assign work and see reviewers' figures",
            )
        ]

    def __str__(self) -> str:
        return f"Review of {self.turn_id}"


class ReviewRule(models.Model):
    """Which turns come into the queue for one reason, and how urgent they are.

    Where a reason has no rule of its own, the shipped one counts (rules.py).
    """

    reason = models.CharField(max_length=20, choices=ReviewItem.Reason.choices)
    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, blank=True, help_text="Only questions in it.")
    is_on = models.BooleanField("on", default=True)
    priority = models.SmallIntegerField(help_text="What is highest is looked at first.")
    threshold = models.FloatField(
        null=True, blank=True, help_text="Where it begins; each reason says of what."
    )
    percent = models.FloatField(
        default=100.0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="The share of those that are taken, by chance.",
    )
    at_least = models.PositiveSmallIntegerField(
        default=0, help_text="Random sample only: so many a day, however few were asked."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "workspace", "language"],
                name="one_rule_each",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.priority})"


class RotaPlace(models.Model):
    """One reviewer's share of the random sample, and what they mean to do in a day."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rota_place")
    is_on = models.BooleanField("on the rota", default=True)
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)]),
        default=working_days,
        help_text="0 is Monday.",
    )
    goal = models.PositiveSmallIntegerField(default=20, help_text="Verdicts a day.")

    def __str__(self) -> str:
        return f"Rota place of {self.user_id}"


class DailySample(models.Model):
    """That one day's sample was drawn, so that it is drawn once."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    day = models.DateField()
    drawn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "day"], name="one_sample_a_day")
        ]

    def __str__(self) -> str:
        return f"Sample of {self.day}"

"""Feedback and Signal: what customers said of an answer, and what they did with it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Feedback(models.Model):
    """What one visitor said about one turn; saying it again replaces it."""

    class Value(models.TextChoices):
        UP = "up", "Helpful"
        DOWN = "down", "Not helpful"

    class Reason(models.TextChoices):
        WRONG = "wrong", "It is wrong"
        INCOMPLETE = "incomplete", "Something is missing"
        OFF_TOPIC = "off_topic", "It doesn't answer my question"
        OUTDATED = "outdated", "It is out of date"
        UNCLEAR = "unclear", "It is hard to understand"
        SOURCE = "source", "The source doesn't say so"

    turn = models.ForeignKey("conversations.Turn", models.CASCADE, related_name="feedback")
    visitor = models.UUIDField()
    value = models.CharField(max_length=4, choices=Value.choices)
    reasons = ArrayField(
        models.CharField(max_length=12, choices=Reason.choices), default=list, blank=True
    )
    comment = models.TextField(max_length=2000, blank=True)
    correction = models.TextField(
        max_length=4000, blank=True, help_text="What the answer should have been, in their words."
    )
    solved = models.BooleanField(default=False, help_text="They said that this solved it.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["turn", "visitor"], name="one_feedback_each")
        ]

    def __str__(self) -> str:
        return f"{self.value} on {self.turn_id}"

    @property
    def reason_labels(self) -> list[str]:
        return [str(self.Reason(reason).label) for reason in self.reasons]


class Signal(models.Model):
    """What a visitor did, which says something about the answer. weights.py says how much."""

    class Kind(models.TextChoices):
        COPIED = "copied", "Copied the answer"
        EDITED = "edited", "Edited the question"
        REGENERATED = "regenerated", "Asked for another answer"
        ASKED_AGAIN = "asked_again", "Asked again in other words"
        STOPPED = "stopped", "Stopped the answer"
        FOLLOWED_CITATION = "followed_citation", "Opened a source"
        ASKED_PERSON = "asked_person", "Asked for a person"
        SOLVED = "solved", "Said that this solved it"
        CORRECTED = "corrected", "Wrote what it should have been"
        LEFT = "left", "Left without a sign"
        CAME_BACK = "came_back", "Came back about the same"

    turn = models.ForeignKey("conversations.Turn", models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    event_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["turn", "kind"], name="signal_turn_kind"),
            models.Index(fields=["-created_at"], name="signal_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.turn_id}"

"""Feedback, Signal, ReviewItem, Annotation."""

from django.conf import settings
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
    """What a visitor did, which says something about the answer without words."""

    class Kind(models.TextChoices):
        COPIED = "copied", "Copied the answer"
        EDITED = "edited", "Edited the question"
        REGENERATED = "regenerated", "Asked for another answer"
        ASKED_AGAIN = "asked_again", "Asked again in other words"
        STOPPED = "stopped", "Stopped the answer"
        FOLLOWED_CITATION = "followed_citation", "Opened a source"
        ASKED_PERSON = "asked_person", "Asked for a person"

    turn = models.ForeignKey("conversations.Turn", models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    event_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["turn", "kind"], name="signal_turn_kind")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.turn_id}"


class ReviewItem(models.Model):
    """A turn that waits for a person's judgement."""

    class Reason(models.TextChoices):
        LOW_RATED = "low_rated", "Rated down"
        ASKED_PERSON = "asked_person", "Asked for a person"
        SAMPLED = "sampled", "Random sample"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"

    turn = models.OneToOneField("conversations.Turn", models.CASCADE, related_name="review_item")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "created_at"],
                condition=models.Q(state="open"),
                name="review_open",
            )
        ]

    def __str__(self) -> str:
        return f"Review of {self.turn_id}"


class Annotation(models.Model):
    """One reviewer's judgement of one turn."""

    class Verdict(models.TextChoices):
        GOOD = "good", "Right and complete"
        WRONG = "wrong", "Wrong or not supported"
        INCOMPLETE = "incomplete", "Right but incomplete"
        SHOULD_DECLINE = "should_decline", "Should have said it doesn't know"
        SHOULD_ANSWER = "should_answer", "Should have answered"
        BAD_TONE = "bad_tone", "Wrong tone"

    item = models.ForeignKey(ReviewItem, models.CASCADE, related_name="annotations")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations"
    )
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    note = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "reviewer"],
                condition=models.Q(undone_at__isnull=True),
                name="one_annotation_each",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id}"

"""Annotation and Label: what people said of an answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from supportapp.review.models.waiting import ReviewItem


class Annotations(models.QuerySet["Annotation"]):
    """Annotations, with the question of which of them count."""

    def live(self) -> Annotations:
        """Return those that weren't taken back."""
        return self.filter(undone_at=None)

    def standing(self) -> Annotations:
        """Return the one annotation of each turn that acts: all else reads these.

        Where opinions differ nothing stands until somebody settles it; where a second opinion is
        still wanted, nothing stands yet. Verdicts on gold items say something of reviewers only.
        """
        others = Annotation.objects.filter(item=OuterRef("item"), undone_at=None)
        settled = others.filter(role=Annotation.Role.ADJUDICATION)
        first = others.filter(role=Annotation.Role.OPINION, pk__lt=OuterRef("pk"))
        return self.live().filter(
            Q(role=Annotation.Role.ADJUDICATION)
            | Q(role=Annotation.Role.OPINION) & ~Exists(settled) & ~Exists(first),
            Q(item__state=ReviewItem.State.DONE) | Q(item__state="open", item__wanted=1),
            item__turn__conversation__deleted_at=None,
        )


class Annotation(models.Model):
    """One reviewer's judgement of one turn."""

    class Verdict(models.TextChoices):
        GOOD = "good", "Right and complete"
        WRONG = "wrong", "Wrong or not supported"
        INCOMPLETE = "incomplete", "Right but incomplete"
        SHOULD_DECLINE = "should_decline", "Should have said it doesn't know"
        SHOULD_ANSWER = "should_answer", "Should have answered"
        BAD_TONE = "bad_tone", "Wrong tone"

    class Role(models.TextChoices):
        OPINION = "opinion", "Opinion"
        ADJUDICATION = "adjudication", "Settled a disagreement"
        GOLD = "gold", "On a gold item"

    item = models.ForeignKey(ReviewItem, models.CASCADE, related_name="annotations")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="annotations"
    )
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.OPINION)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    note = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = Annotations.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "reviewer"],
                condition=models.Q(undone_at__isnull=True),
                name="one_annotation_each",
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(undone_at__isnull=True, role="adjudication"),
                name="settled_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reviewer", "-created_at"],
                condition=models.Q(undone_at__isnull=True),
                name="annotation_of_reviewer",
            ),
            models.Index(
                fields=["-created_at"],
                condition=models.Q(undone_at__isnull=True),
                name="annotation_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer_id}"


class Label(models.Model):
    """Yes or no to one question about an answer, or about one sentence of it."""

    class Question(models.TextChoices):
        SUPPORTED = "supported", "Supported by the evidence"
        RELEVANT = "relevant", "Relevant to the question"
        COMPLETE = "complete", "Complete"
        TONE = "tone", "Right tone"
        SHOULD_ANSWER = "should_answer", "Should have answered at all"

    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="labels")
    question = models.CharField(max_length=15, choices=Question.choices)
    value = models.BooleanField()
    sentence = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Which sentence of the answer; empty: the whole."
    )
    text = models.TextField(blank=True, help_text="That sentence as it stood.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotation", "question", "sentence"],
                name="one_label_each",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.question}: {'yes' if self.value else 'no'}"

"""Consequence and TrainingMark: what was done about a judged answer."""

from django.conf import settings
from django.db import models


class Consequence(models.Model):
    """Something that was done because of a verdict, shown as done beside it."""

    class Kind(models.TextChoices):
        FIX = "fix", "Article being fixed"
        NEW_ARTICLE = "new_article", "Article drafted"
        ALIAS = "alias", "Other name added"
        GOLDEN = "golden", "Golden example added"
        APPROVE = "approve", "Answer approved"
        TRAINING = "training", "Marked for training"
        TOLD = "told", "Customer told"
        DISMISS = "dismiss", "Nothing to do"

    # A message stays sent; a change of an article is given up on its own page.
    LASTING = (Kind.FIX, Kind.NEW_ARTICLE, Kind.TOLD)

    item = models.ForeignKey("review.ReviewItem", models.CASCADE, related_name="consequences")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=240, blank=True, help_text="Tells several of a kind apart.")
    summary = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True, help_text="Where its result is seen.")
    details = models.JSONField(default=dict, help_text="What undoing it needs.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind", "key"],
                condition=models.Q(undone_at__isnull=True),
                name="one_consequence_each",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.item_id}"

    @property
    def can_be_undone(self) -> bool:
        return self.kind not in self.LASTING


class TrainingMark(models.Model):
    """That a turn may be learned from; the training room reads the marks that stand."""

    class Kind(models.TextChoices):
        ANSWER = "chat", "An answer to imitate"
        PREFERENCE = "preference", "A better and a worse answer"

    turn = models.OneToOneField("conversations.Turn", models.CASCADE, related_name="training_mark")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ANSWER)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Training mark of {self.turn_id}"

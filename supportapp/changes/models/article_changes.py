"""ArticleChange, a draft on its way to be published, and Replay, one question asked of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ArticleChange(models.Model):
    """An article's draft, what it would change in answers, and what was decided about it.

    The replays belong to exactly one text: `content_hash`, over the revision `base`. When either
    is another by now, they are stale, and the page says so.
    """

    class State(models.TextChoices):
        OPEN = "open", "Being written"
        REPLAYING = "replaying", "Being replayed"
        READY = "ready", "Ready to decide"
        PUBLISHED = "published", "Published"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Given up"

    UNDER_WAY = (State.OPEN, State.REPLAYING, State.READY, State.HELD)

    article = models.ForeignKey("knowledge.Article", models.CASCADE, related_name="changes")
    draft = models.ForeignKey(
        "knowledge.Revision", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    base = models.ForeignKey(
        "knowledge.Revision", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    content_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    item = models.ForeignKey(
        "review.ReviewItem", models.SET_NULL, null=True, blank=True, related_name="changes"
    )
    # Each start of the replays has a number: what an older start still does counts no more.
    attempt = models.PositiveIntegerField(default=0)
    stage = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    override_reason = models.TextField(max_length=2000, blank=True)
    is_at_once = models.BooleanField("published without a replay", default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    beaten_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("publish_at_once", "Can publish articles without a replay"),
            ("override_articlechange", "Can publish although golden examples break"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["article"],
                condition=models.Q(state__in=["open", "replaying", "ready", "held"]),
                name="one_change_under_way_each",
            )
        ]

    def __str__(self) -> str:
        return f"Change {self.pk} of article {self.article_id} ({self.state})"

    @property
    def is_under_way(self) -> bool:
        """Say whether something is still to be decided."""
        return self.state in self.UNDER_WAY


class Replay(models.Model):
    """One question, answered from what is published and from the draft."""

    class Source(models.TextChoices):
        TURN = "turn", "Asked by customers"
        EXAMPLE = "example", "Golden example"

    class Verdict(models.TextChoices):
        WAITING = "", "Not replayed yet"
        BETTER = "better", "Better"
        WORSE = "worse", "Worse"
        CHANGED = "changed", "Changed"
        UNCHANGED = "unchanged", "Unchanged"
        FAILED = "failed", "Couldn't be answered"

    change = models.ForeignKey(ArticleChange, models.CASCADE, related_name="replays")
    attempt = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    source = models.CharField(max_length=8, choices=Source.choices)
    turn = models.ForeignKey(
        "conversations.Turn", models.CASCADE, null=True, blank=True, related_name="+"
    )
    example = models.BigIntegerField(null=True, blank=True)
    # How many more customers asked the same in other words.
    alike = models.PositiveIntegerField(default=0)
    # The question itself stays where it is: a deleted conversation's is gone from here, too.
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="")
    # A golden example that held before and doesn't with the draft.
    is_break = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "attempt", "position"], name="one_replay_per_place"
            )
        ]

    def __str__(self) -> str:
        return f"Replay {self.position} of change {self.change_id}"

"""RememberedAnswer, RememberedPassage, MemoryPolicy, ShadowAnswer."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import VectorField

from supportapp.knowledge.models import EmbeddingModel, Passage, Workspace

UNIT = models.Q(threshold__isnull=True) | models.Q(threshold__gte=0.0, threshold__lte=1.0)


class RememberedAnswer(models.Model):
    """An answer that was given once, under everything that it depends on.

    It counts only while it is live, its workspace is at the generation at which it was last
    confirmed, and every passage that it rests on is live and readable: a publication makes it
    invisible in its own transaction, and the worker confirms it or retires it.
    """

    class State(models.TextChoices):
        LIVE = "live", "In use"
        STALE = "stale", "To be looked at"
        RETIRED = "retired", "Retired"

    class Reason(models.TextChoices):
        NONE = "", "—"
        PASSAGE_CHANGED = "passage_changed", "A passage that it rests on changed"
        NEW_PASSAGE = "new_passage", "A new passage may change it"
        NOT_FOUND = "not_found", "The search doesn't find its passages any more"
        DISAGREED = "disagreed", "Answered anew, it came out differently"
        RATED_DOWN = "rated_down", "A customer rated it down"
        REGENERATED = "regenerated", "Customers asked for another answer"
        EXPIRED = "expired", "Too old"
        CROWDED_OUT = "crowded_out", "Unused, when there were too many"
        BY_STAFF = "by_staff", "Retired by staff"
        REPLACED = "replaced", "A newer answer took its place"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="remembered")
    # Whose question it was: equal audiences only, for fewer would miss and more would leak.
    audiences = ArrayField(models.CharField(max_length=10))
    language = models.CharField(max_length=10)
    # Hash of what made it: prompt, model, the numbers that shape answers. Approved ones have none.
    recipe = models.CharField(max_length=64, blank=True)
    question = models.TextField()
    words = ArrayField(models.CharField(max_length=80), default=list)
    # None once that model is removed: what people approved is read anew, the rest grows old.
    embedding_model = models.ForeignKey(
        EmbeddingModel, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    vector = VectorField()
    answer = models.TextField(help_text="Markdown; [1] points to the first passage below.")
    kind = models.CharField(max_length=10)
    model = models.CharField(max_length=120, blank=True)
    prompt = models.CharField(max_length=120, blank=True)
    suggestions = models.JSONField(default=list, blank=True)
    confidence = models.FloatField(default=0.0)
    milliseconds = models.FloatField("took", default=0.0)
    generation = models.BigIntegerField()
    passage_count = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    source_turn = models.UUIDField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    review_by = models.DateField(
        null=True, blank=True, help_text="After this day it isn't served until someone renews it."
    )
    served = models.PositiveIntegerField(default=0)
    regenerated = models.PositiveIntegerField(default=0)
    last_served_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipe__gt="") | models.Q(approved_at__isnull=False),
                name="remembered_has_recipe_or_approval",
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "language"],
                condition=models.Q(state="live"),
                name="remembered_live",
            ),
            models.Index(fields=["source_turn"], name="remembered_turn"),
        ]

    def __str__(self) -> str:
        return self.question if len(self.question) <= 80 else f"{self.question[:79]}…"

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


class RememberedPassage(models.Model):
    """A passage that was before the answer's writer, and the number under which it is cited.

    `generation` is the passage's own: the one that published it.
    """

    remembered = models.ForeignKey(RememberedAnswer, models.CASCADE, related_name="passages")
    passage = models.ForeignKey(Passage, models.CASCADE, related_name="+")
    generation = models.BigIntegerField()
    number = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)

    class Meta:
        ordering = ["remembered", "number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["remembered", "passage"], name="one_remembered_passage"
            ),
            models.UniqueConstraint(fields=["remembered", "number"], name="one_remembered_number"),
        ]

    def __str__(self) -> str:
        return f"{self.remembered_id}: {self.passage_id}"


class MemoryPolicy(models.Model):
    """What a workspace wants of its memory. Without one, settings and shipped numbers count."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="memory_policy")
    is_on = models.BooleanField("remember answers", default=True)
    error_budget = models.FloatField(
        default=0.02, help_text="Of the answers served from memory, the share that may be wrong."
    )
    threshold = models.FloatField(
        null=True,
        blank=True,
        help_text="How alike two questions must be. Empty: what keeps the budget on shipped data.",
    )
    shadow_share = models.FloatField(
        default=0.05, help_text="The share of hits that are answered anew beside, to watch errors."
    )
    # How the threshold was found: counts, observed disagreement, the curve.
    calibrated_on = models.JSONField(default=dict, blank=True)
    calibrated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "memory policies"
        constraints = [
            models.CheckConstraint(condition=UNIT, name="memory_threshold_in_unit"),
            models.CheckConstraint(
                condition=models.Q(error_budget__gt=0.0, error_budget__lte=0.2),
                name="memory_budget_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(shadow_share__gte=0.0, shadow_share__lte=1.0),
                name="memory_shadow_in_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"Memory of {self.workspace}"


class ShadowAnswer(models.Model):
    """A hit that was answered anew beside, and whether both say the same."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        AGREES = "agrees", "Says the same"
        DIFFERS = "differs", "Says something else"
        FAILED = "failed", "Couldn't be answered"

    remembered = models.ForeignKey(RememberedAnswer, models.CASCADE, related_name="shadows")
    turn = models.UUIDField(unique=True)
    likeness = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    similarity = models.FloatField(null=True, blank=True)
    shared_sources = models.FloatField(null=True, blank=True)
    question = models.TextField()
    answer = models.TextField(blank=True)
    # What a person says: overrides the comparison for calibration.
    is_wrong = models.BooleanField("wrong, says staff", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["state"], condition=models.Q(state="waiting"), name="shadow_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"Shadow of {self.remembered_id}"

"""PromptVersion and its labels, scores and examples; Setup says what counts now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from supportapp.answering.sections import Style


class Purpose(models.TextChoices):
    """What a model is asked for by a prompt of its own."""

    ANSWER = "answer", "Answering"
    REWRITE = "rewrite", "Making follow-ups stand alone"
    SUGGEST = "suggest", "Suggesting what to ask next"
    TITLE = "title", "Naming conversations"
    JUDGE = "judge", "Comparing two answers"


class Label(models.TextChoices):
    """What a prompt version is there for."""

    PRODUCTION = "production", "Production"
    CANDIDATE = "candidate", "Candidate"
    SHADOW = "shadow", "Shadow"


class PromptIsFixed(Exception):
    """A stored prompt never changes; another version takes its place."""


class PromptVersion(models.Model):
    """One version of a prompt. Fixed once stored: answers, labels and scores name it.

    The database refuses changes too (a trigger), also those that go past `save`.
    """

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="prompts")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    number = models.PositiveIntegerField()
    body = models.TextField()
    variables = ArrayField(models.CharField(max_length=40), default=list)
    style = models.CharField(
        max_length=10, choices=[(each.value, each.name.title()) for each in Style],
        default=Style.TAGS.value,
    )  # fmt: skip
    model_styles = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64)
    shipped = models.CharField(
        max_length=10, blank=True, help_text="The version that came with the product, such as v2."
    )
    why = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "purpose", "number"], name="one_number_per_prompt"
            ),
            models.UniqueConstraint(
                fields=["workspace", "purpose", "sha256"], name="one_version_per_prompt_text"
            ),
        ]
        permissions = [
            ("label_promptversion", "Can decide which prompt counts, and try others beside it")
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, version {self.number}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise PromptIsFixed(f"{self} is stored and never changes.")
        super().save(*args, **options)

    @property
    def version(self) -> str:
        """Return how receipts call it: v2 was shipped, 5 is the workspace's own."""
        return self.shipped or str(self.number)


class PromptLabel(models.Model):
    """A label on a version, from when it was set until it was moved. All together: the history.

    Without a current production label, the shipped prompt counts.
    """

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    label = models.CharField(max_length=10, choices=Label.choices)
    prompt = models.ForeignKey(
        PromptVersion, models.RESTRICT, null=True, related_name="labels",
        help_text="None: the shipped prompt, whichever is the newest.",
    )  # fmt: skip
    why = models.CharField(max_length=300, blank=True)
    is_rollback = models.BooleanField(default=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "purpose", "label"],
                condition=models.Q(ended_at=None),
                name="one_current_label",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.purpose}"


class PromptScore(models.Model):
    """What a run of a dataset came to with a version; runs fill it in."""

    prompt = models.ForeignKey(PromptVersion, models.CASCADE, related_name="scores")
    dataset = models.CharField(max_length=120)
    metric = models.CharField(max_length=60)
    value = models.FloatField()
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    run = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["dataset", "metric", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["prompt", "run", "dataset", "metric"], name="one_score_per_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.3f} on {self.dataset}"


class AnswerExample(models.Model):
    """An approved answer that prompts show as an example of how to answer."""

    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, related_name="answer_examples"
    )
    turn = models.OneToOneField(
        "conversations.Turn", models.CASCADE, null=True, blank=True, related_name="answer_example"
    )
    question = models.TextField()
    answer = models.TextField()
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(max_length=120, blank=True)
    revisions = ArrayField(models.BigIntegerField(), default=list)
    vector = ArrayField(models.FloatField(), null=True, blank=True)
    is_used = models.BooleanField("in use", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "example for prompts"
        verbose_name_plural = "examples for prompts"

    def __str__(self) -> str:
        return self.question[:80]


class Setup(models.Model):
    """What answers a workspace's questions now, where that differs from the settings.

    `generation` goes up with each change, of labels and rollouts too: who has seen it is fresh.
    """

    workspace = models.OneToOneField(
        "knowledge.Workspace", models.CASCADE, related_name="setup", primary_key=True
    )
    generation = models.BigIntegerField(default=0)
    model = models.CharField(max_length=60, blank=True)
    retrieval = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Setup of {self.workspace_id}"

    @classmethod
    def raise_generation(cls, workspace_id: int) -> None:
        """Say that something changed, in the caller's transaction.

        It locks the row until that ends, so those who change things at once queue up.
        """
        cls.objects.get_or_create(workspace_id=workspace_id)
        cls.objects.filter(pk=workspace_id).update(generation=models.F("generation") + 1)

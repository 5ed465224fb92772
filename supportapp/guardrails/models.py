"""What staff set for a workspace's guards, and what the guards did, by day."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from supportapp.guardrails.rules import Rule, RuleKind

LONGEST_WORD = 120


class GuardSwitch(models.Model):
    """A guard that staff switched for one workspace. Without a row it is as it starts."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    guard = models.CharField(max_length=40)
    is_on = models.BooleanField("on", default=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "guard"
        ordering = ["guard"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "guard"], name="one_switch_per_guard")
        ]

    def __str__(self) -> str:
        return f"{self.guard}: {'on' if self.is_on else 'off'}"


class ComplianceRule(models.Model):
    """What answers of a workspace must add, or may not say."""

    class Kind(models.TextChoices):
        DISCLAIMER = RuleKind.DISCLAIMER.value, "Required disclaimer"
        FORBIDDEN = RuleKind.FORBIDDEN.value, "Forbidden claim"

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120)
    words = ArrayField(models.CharField(max_length=LONGEST_WORD), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    subjects = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    text = models.TextField("disclaimer", max_length=1000, blank=True)
    note = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField("active", default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind=RuleKind.DISCLAIMER.value, text=""),
                name="disclaimer_has_text",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=RuleKind.FORBIDDEN.value, words=[]),
                name="forbidden_claim_has_words",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def as_rule(self) -> Rule:
        """Return it as the guards read it."""
        return Rule(
            number=self.pk or 0,
            kind=RuleKind(self.kind),
            name=self.name,
            words=tuple(self.words),
            tags=tuple(self.tags),
            subjects=tuple(self.subjects),
            text=self.text,
        )


class GuardCount(models.Model):
    """How often a guard of a workspace did something on one day."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    day = models.DateField()
    guard = models.CharField(max_length=40)
    action = models.CharField(max_length=12)
    code = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-day", "guard"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "guard", "action", "code"], name="one_count_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.guard} {self.code} on {self.day}: {self.count}"

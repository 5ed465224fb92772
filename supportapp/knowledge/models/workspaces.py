"""Workspace: whose help centre this is; and who may read an article."""

from __future__ import annotations

from django.db import models


class Audience(models.TextChoices):
    PUBLIC = "public", "Everyone"
    CUSTOMERS = "customers", "Signed-in customers"
    STAFF = "staff", "Staff only"


class Workspace(models.Model):
    """One company's articles and conversations. One is made by default."""

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=100)
    company = models.CharField(max_length=100, blank=True)
    assistant_name = models.CharField(max_length=60, default="Assistant")
    about = models.CharField(
        max_length=300, blank=True, help_text="One sentence: what the assistant can help with."
    )
    support_email = models.EmailField(blank=True)
    support_hours = models.CharField(max_length=200, blank=True)
    generation = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def default(cls) -> Workspace:
        """Return the oldest workspace, making one where there is none."""
        found = cls.objects.order_by("pk").first()
        if found is not None:
            return found
        return cls.objects.get_or_create(slug="default", defaults={"name": "Help centre"})[0]


class SuggestedPrompt(models.Model):
    """A question shown on the empty chat page."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="suggested_prompts")
    text = models.CharField(max_length=150)
    language = models.CharField(max_length=10, default="en")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "text"], name="one_prompt_each")
        ]

    def __str__(self) -> str:
        return self.text

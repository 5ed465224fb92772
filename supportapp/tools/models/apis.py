"""Other systems' APIs, declared by an OpenAPI description; each operation may become a tool."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ApiDescription(models.Model):
    """One API: where it is, which hosts may be asked, and the key (encrypted, never shown)."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    name = models.SlugField(max_length=24, help_text="Tools are named after it: name_operation.")
    openapi = models.TextField("OpenAPI description", help_text="OpenAPI 3, as JSON or YAML.")
    base_url = models.URLField(
        "address", blank=True, help_text="https only; empty for the description's first server."
    )
    allowed_hosts = ArrayField(
        models.CharField(max_length=253),
        help_text="Hosts that may be asked, with commas between them. No other is ever contacted.",
    )
    key_header = models.CharField(max_length=60, blank=True, default="Authorization")
    key_encrypted = models.TextField(blank=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "API"
        verbose_name_plural = "APIs"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_api_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ApiOperation(models.Model):
    """One operation of an API. It is a tool once staff allow it."""

    api = models.ForeignKey(ApiDescription, models.CASCADE, related_name="operations")
    tool = models.CharField(max_length=64)
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    parameters = models.JSONField(default=list, editable=False)
    label = models.CharField(
        max_length=120, blank=True, help_text="What the chat shows while it runs."
    )
    changes = models.BooleanField(
        "asks first", default=True, help_text="The customer confirms before it is called."
    )
    is_on = models.BooleanField("allowed", default=False)

    class Meta:
        verbose_name = "operation"
        ordering = ["tool"]
        constraints = [
            models.UniqueConstraint(fields=["api", "tool"], name="one_operation_per_tool")
        ]

    def __str__(self) -> str:
        return self.tool

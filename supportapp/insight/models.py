"""Who asked the data what: the audit of the page, and its permissions."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class DataQuery(models.Model):
    """One query that was asked for, as it ran or why it didn't."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    origin = models.CharField(max_length=10)
    question = models.CharField(max_length=500, blank=True)
    sql = models.TextField(blank=True)
    rows = models.PositiveIntegerField(default=0)
    milliseconds = models.FloatField(default=0)
    error = models.CharField(max_length=300, blank=True)
    was_exported = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "data query"
        verbose_name_plural = "data queries"
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("ask_data", "Can ask the data"),
            ("write_sql", "Can write SQL over the views"),
            ("read_texts", "Can read customers' texts in answers"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} ({self.created_at:%Y-%m-%d %H:%M})"

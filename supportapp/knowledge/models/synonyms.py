"""SynonymGroup: what customers say, and what the articles call it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from supportapp.knowledge.models.workspaces import Workspace

FEWEST_TERMS, MOST_TERMS, LONGEST_TERM = 2, 20, 80


class SynonymGroup(models.Model):
    """Words and phrases that say the same in one workspace. Searches read it at every question.

    It is written through knowledge/synonyms.py, which tells every process that it changed.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="synonym_groups")
    terms = ArrayField(models.CharField(max_length=LONGEST_TERM), size=MOST_TERMS)
    is_one_way = models.BooleanField(
        "one-way",
        default=False,
        help_text="Only a question with the first of them is searched with the others too.",
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        help_text="A code such as en or zh, where the words are of one language only.",
    )
    note = models.CharField(max_length=300, blank=True, help_text="Why it is here.")
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["terms"]
        verbose_name = "synonyms"
        verbose_name_plural = "synonyms"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(terms__len__gte=FEWEST_TERMS), name="synonyms_are_several"
            )
        ]

    def __str__(self) -> str:
        first, *others = self.terms
        return f"{first} {'→' if self.is_one_way else '='} {', '.join(others)}"

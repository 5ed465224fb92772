"""Article and Revision: what staff write."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from supportapp.knowledge.models.workspaces import Audience, Workspace


class ArticleFields(models.Model):
    """What staff say about an article besides its text; a revision keeps a snapshot of it."""

    audience = models.CharField(
        max_length=10, choices=Audience.choices, default=Audience.PUBLIC, db_index=True
    )
    language = models.CharField(max_length=10, default="en")
    subject = models.CharField(
        max_length=120, blank=True, help_text="The product, plan or place this is about."
    )
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    aliases = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="What customers call it, where the text says it otherwise.",
    )

    class Meta:
        abstract = True


class Article(ArticleFields):
    """One help article: its published revision, and a draft where one is being written."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="articles")
    slug = models.SlugField(max_length=120, allow_unicode=True)
    title = models.CharField(max_length=200)
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.DRAFT, db_index=True
    )
    owner = models.CharField(max_length=120, blank=True)
    review_by = models.DateField(null=True, blank=True)
    published = models.ForeignKey(
        "Revision", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    draft = models.ForeignKey(
        "Revision", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    source = models.CharField(max_length=300, blank=True, help_text="Where it was imported from.")
    # What the source held when it was last imported: tells its changes from those made here.
    imported_hash = models.CharField(max_length=64, blank=True, editable=False)
    imported_revision = models.ForeignKey(
        "Revision", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="one_slug_per_workspace"),
            models.UniqueConstraint(
                fields=["workspace", "source"],
                condition=~models.Q(source=""),
                name="one_article_per_source",
            ),
        ]
        indexes = [GinIndex(fields=["tags"], name="article_tags")]
        permissions = [
            ("publish_article", "Can publish, archive and restore articles"),
            ("import_article", "Can import articles from files"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> str:
        """Name the state that an editor saw, so that two people don't overwrite one another."""
        draft = f"{self.draft.pk}-{self.draft.content_hash[:16]}" if self.draft else ""
        return f"{self.state}.{self.published_id or ''}.{draft}"

    @property
    def latest(self) -> Revision | None:
        """Return what an editor works on: the draft, else the published revision."""
        return self.draft or self.published


class RevisionIsFixed(Exception):
    """A revision that was published keeps its words for ever."""


class Revision(ArticleFields):
    """One version of an article's text. Kept for ever; fixed once it was published.

    The database refuses changes too (a trigger), also those that go past `save`.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="What changed, and why.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    publish_ms = models.PositiveIntegerField(null=True, blank=True, editable=False)
    _is_fixed = False

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_number_per_article")
        ]

    def __str__(self) -> str:
        return f"{self.title} (revision {self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._is_fixed:
            raise RevisionIsFixed(f"Revision {self.number} of article {self.article_id} is fixed.")
        super().save(*args, **kwargs)

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        found = super().from_db(*args, **kwargs)
        found._is_fixed = found.__dict__.get("published_at") is not None
        return found

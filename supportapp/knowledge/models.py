"""Workspace, Article, Revision, Passage and their vectors."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import VectorField


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


class EmbeddingModel(models.Model):
    """A model whose vectors are kept. Several may be live at once, each with its own index."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        FILLING = "filling", "Being filled"
        RETIRED = "retired", "Retired"

    name = models.CharField(max_length=120, unique=True)
    dimension = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.FILLING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="one_active_model"
            )
        ]

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return self.title


class Revision(ArticleFields):
    """One version of an article's text. Kept for ever; fixed once it was published."""

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

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_number_per_article")
        ]

    def __str__(self) -> str:
        return f"{self.title} (revision {self.number})"


class Passage(models.Model):
    """A searchable piece of one revision. Live while `generation_removed` is empty."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="passages")
    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    headings = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    text = models.TextField()
    audience = models.CharField(max_length=10, choices=Audience.choices)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=120, blank=True)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    content_hash = models.CharField(max_length=64)
    generation_added = models.BigIntegerField()
    generation_removed = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["revision", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "position", "generation_added"], name="one_passage_per_place"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "generation_added"], name="passage_added"),
            models.Index(
                fields=["workspace", "generation_removed"],
                condition=models.Q(generation_removed__isnull=False),
                name="passage_removed",
            ),
            models.Index(fields=["content_hash"], name="passage_hash"),
        ]

    def __str__(self) -> str:
        return " › ".join([self.title, *self.headings])

    @property
    def embedding_text(self) -> str:
        """The text that is embedded: the title path, then the words."""
        return " > ".join([self.title, *self.headings]) + "\n" + self.text


class PassageEmbedding(models.Model):
    """One passage's vector under one embedding model, or why there is none yet."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="embeddings")
    model = models.ForeignKey(EmbeddingModel, models.CASCADE, related_name="embeddings")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    vector = VectorField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["passage", "model"], name="one_vector_per_model"),
            models.CheckConstraint(
                condition=models.Q(vector__isnull=True) ^ models.Q(state="ready"),
                name="ready_means_a_vector",
            ),
        ]
        indexes = [
            models.Index(
                fields=["model", "state"],
                condition=~models.Q(state="ready"),
                name="embedding_unready",
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}: {self.state}"

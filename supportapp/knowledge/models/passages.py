"""Passage and its vectors: what questions are answered from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import VectorField

from supportapp.knowledge import plaintext
from supportapp.knowledge.models.articles import Article, Revision
from supportapp.knowledge.models.embedding_models import EmbeddingModel
from supportapp.knowledge.models.fields import HalfVectorsField
from supportapp.knowledge.models.workspaces import Audience, Workspace


class Passage(models.Model):
    """A searchable piece of one revision. Live while `generation_removed` is empty."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="passages")
    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    headings = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    text = models.TextField()
    # Where in the revision's body the text stands.
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
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
        return plaintext.embedding_text(
            self.title, self.headings, self.text, self.aliases, subject=self.subject
        )

    @property
    def embedded(self) -> tuple[str, ...]:
        """All texts that are embedded: the whole, then the lines that stand for themselves."""
        return (self.embedding_text, *plaintext.lines(self.text, self.aliases))

    @property
    def words(self) -> str:
        """The text without Markdown's marks and without the targets of links."""
        return plaintext.plain(self.text)


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
    # Of the lines, in no order that counts; null where an older version stored the vector.
    lines = HalfVectorsField(null=True, blank=True, editable=False)
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
                condition=~models.Q(state="ready") | models.Q(lines__isnull=True),
                name="embedding_unmade",
            )
        ]

    def __str__(self) -> str:
        return f"{self.passage_id}: {self.state}"

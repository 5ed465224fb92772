"""EmbeddingModel: where vectors are made, and which of several models answers questions."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

# Further keys must have such names, or an address typed by staff could be sent any secret.
KEY_VARIABLE = r"^EMBEDDING_KEY_[A-Z0-9_]{1,60}$"
ADDRESS = r"^https?://[^\s/@?#]+(/[^\s?#]*)?$"
LARGEST_BATCH = 2048


class EmbeddingModel(models.Model):
    """A model whose vectors are kept. Several may be live at once, each with its own index.

    The active one answers questions. Others are being filled, or stand by: filled, and kept up to
    date with every publication, so that one of them can take over at once.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        FILLING = "filling", "Being filled"
        STANDBY = "standby", "Standing by"
        RETIRED = "retired", "Being removed"

    class Kind(models.TextChoices):
        LOCAL = "local", "On this machine"
        OPENAI = "openai", "OpenAI-compatible endpoint"

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LOCAL)
    base_url = models.CharField(
        "address",
        max_length=300,
        blank=True,
        validators=[RegexValidator(ADDRESS, "Write an address such as http://embedder:8080/v1.")],
        help_text="Such as http://127.0.0.1:11434/v1. Empty: the server of OPENAI_BASE_URL.",
    )
    served_name = models.CharField(
        "name at the endpoint",
        max_length=200,
        blank=True,
        help_text="What the endpoint calls the model. Empty: the same name.",
    )
    key_variable = models.CharField(
        "variable of the key",
        max_length=80,
        blank=True,
        validators=[RegexValidator(KEY_VARIABLE, "Name it EMBEDDING_KEY_ and more capitals.")],
        help_text="The environment variable, EMBEDDING_KEY_…, that holds the key for an address"
        " of its own. The key itself is never stored.",
    )
    dimension = models.PositiveIntegerField()
    batch = models.PositiveIntegerField(
        "texts per request",
        default=128,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_BATCH)],
    )
    requests_per_minute = models.PositiveIntegerField(
        default=0, help_text="How many requests each filling process sends. 0: as many as it can."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.FILLING)
    # A paused model is sent nothing: neither what is there nor what is published.
    is_paused = models.BooleanField(default=False)
    passages_per_second = models.FloatField(default=0.0)
    error = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField(null=True, blank=True)
    active_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="one_active_model"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Say whether new publications are embedded with it."""
        return self.state != self.State.RETIRED and not self.is_paused

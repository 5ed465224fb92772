"""ModelConfig, Allowance, Spending, Reservation, ModelCall, CallCount."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from supportapp.gateway.values import LARGE, SMALL

ADDRESS = r"^https?://[^\s/@?#]+(/[^\s?#]*)?$"
NAME = r"^[a-z0-9][a-z0-9._-]{0,59}$"
# Seconds to the first token, as /metrics counts them; the last bucket holds what took longer.
FIRST_TOKEN_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Purpose(models.TextChoices):
    """What a model is asked for."""

    ANSWER = "answer", "Answers"
    REWRITE = "rewrite", "Making follow-ups stand alone"
    JUDGE = "judge", "Judging answers"
    SUGGEST = "suggest", "Suggestions"
    TITLE = "title", "Titles"
    RERANK = "rerank", "Ordering passages"
    SUPPORT = "support", "Checking answers against their evidence"
    DRAFT = "draft", "Drafting articles"
    MODERATION = "moderation", "Moderation"


class ModelRoute(models.TextChoices):
    """Which answers a model writes, where there are models of both kinds."""

    SMALL = SMALL, "Small: cheap, for easy questions"
    LARGE = LARGE, "Large: for all others"


class JsonSupport(models.TextChoices):
    SCHEMA = "schema", "JSON by a schema"
    MODE = "mode", "Any JSON object"
    NONE = "none", "None"


class ModelConfig(models.Model):
    """A model: where it is served, under which name, what it can do and what it costs.

    Its key is encrypted, used to ask the model, and never shown.
    """

    name = models.CharField(
        max_length=60,
        unique=True,
        validators=[RegexValidator(NAME, "Lower-case letters, digits, dots and hyphens.")],
        help_text="What you call it. “default” is the model of the OPENAI_… variables.",
    )
    provider = models.CharField(
        max_length=40,
        default="openai",
        validators=[RegexValidator(NAME, "Lower-case letters, digits, dots and hyphens.")],
        help_text="Who serves it, for the records: openai, azure.ai.openai, mistral_ai, vllm, …",
    )
    base_url = models.CharField(
        "address",
        max_length=300,
        validators=[RegexValidator(ADDRESS, "Write an address such as https://host/v1.")],
        help_text="Any server that speaks the OpenAI protocol, such as https://api.openai.com/v1.",
    )
    wire_name = models.CharField(
        "name at the endpoint", max_length=200, help_text="What the server calls the model."
    )
    sealed_key = models.TextField(blank=True, editable=False)
    is_enabled = models.BooleanField("in use", default=True)
    # Not in use yet: only runs that compare it ask it, by its name.
    is_on_trial = models.BooleanField("on trial", default=False, editable=False)
    position = models.PositiveSmallIntegerField(
        "place",
        default=20,
        help_text="The lowest is asked first; the next one when it fails. “default” has place 10.",
    )
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose.choices),
        default=list,
        blank=True,
        help_text="None: all but moderation, which is asked only where it is chosen.",
    )
    route = models.CharField(
        max_length=10,
        choices=ModelRoute.choices,
        default=ModelRoute.LARGE,
        help_text="Which answers it writes where there are models of both kinds. The workspace’s "
        "policy says what is easy.",
    )
    context_tokens = models.PositiveIntegerField(
        "context size",
        default=0,
        help_text="Tokens that question and answer may have together. 0: not known.",
    )
    price_in = models.DecimalField(
        "price in",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars per million tokens of the prompt. Empty: not known.",
    )
    price_out = models.DecimalField(
        "price out",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars per million tokens written.",
    )
    price_cached = models.DecimalField(
        "price cached",
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars per million prompt tokens that were cached. Empty: as “in”.",
    )
    has_tools = models.BooleanField("calls tools", default=True)
    json_support = models.CharField(
        "JSON", max_length=10, choices=JsonSupport.choices, default=JsonSupport.SCHEMA
    )
    has_streaming = models.BooleanField("streams", default=True)
    has_seed = models.BooleanField("takes a seed", default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = "model"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(is_enabled=True, is_on_trial=True),
                name="model_on_trial_is_not_in_use",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """What one workspace may use, where that differs from the settings."""

    workspace = models.OneToOneField(
        "knowledge.Workspace", models.CASCADE, related_name="allowance"
    )
    are_models_on = models.BooleanField(
        "ask models",
        default=True,
        help_text="Off: from the next question on, answers are quoted and no model is asked.",
    )
    tokens_per_day = models.PositiveBigIntegerField(null=True, blank=True)
    dollars_per_day = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(10_000_000)],
    )
    concurrent = models.PositiveIntegerField("answers at once", null=True, blank=True)
    visitor_tokens_per_day = models.PositiveBigIntegerField(null=True, blank=True)
    visitor_concurrent = models.PositiveIntegerField(
        "answers at once, per visitor", null=True, blank=True
    )

    def __str__(self) -> str:
        return f"Allowance of {self.workspace}"


class Spending(models.Model):
    """What was used on a day: by a visitor, or without one by the whole workspace."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    visitor = models.UUIDField(null=True)
    day = models.DateField()
    tokens = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "day", "visitor"],
                name="one_spending_each",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.tokens} tokens"


class Reservation(models.Model):
    """Tokens held for an answer that is being written. It lapses where nobody settles it."""

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="+")
    visitor = models.UUIDField(null=True)
    tokens = models.BigIntegerField()
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.tokens} tokens until {self.expires_at:%H:%M:%S}"


class ModelCall(models.Model):
    """One call of a model, without its text."""

    workspace = models.ForeignKey(
        "knowledge.Workspace", models.CASCADE, null=True, related_name="+"
    )
    turn_id = models.UUIDField(null=True, blank=True, db_index=True)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    endpoint = models.CharField("model", max_length=60)
    provider = models.CharField(max_length=40, blank=True)
    requested = models.CharField(max_length=200, help_text="The name that was asked for.")
    model = models.CharField(
        "snapshot", max_length=200, blank=True, help_text="The name that the server answered under."
    )
    fingerprint = models.CharField("system fingerprint", max_length=120, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    temperature = models.FloatField(null=True, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cached = models.PositiveIntegerField(default=0)
    is_estimated = models.BooleanField(
        default=False, help_text="The server counted no tokens, so we did, roughly."
    )
    cost = models.DecimalField("cost, US$", max_digits=16, decimal_places=8, null=True, blank=True)
    first_token_ms = models.FloatField(null=True, blank=True)
    total_ms = models.FloatField()
    tokens_per_second = models.FloatField(null=True, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at"], name="model_call_newest")]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.endpoint}"


class CallCount(models.Model):
    """A day's calls of one kind, added up: for /metrics and for looking back."""

    day = models.DateField()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    endpoint = models.CharField("model", max_length=60)
    error = models.CharField(max_length=40, blank=True)
    calls = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    tokens_cached = models.BigIntegerField(default=0)
    cost = models.DecimalField("cost, US$", max_digits=18, decimal_places=8, default=0)
    first_token_counts = ArrayField(models.BigIntegerField())
    first_token_seconds = models.FloatField(default=0)

    class Meta:
        ordering = ["-day", "purpose", "endpoint"]
        verbose_name = "day of calls"
        verbose_name_plural = "days of calls"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "purpose", "endpoint", "error"], name="one_count_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.purpose} by {self.endpoint}"

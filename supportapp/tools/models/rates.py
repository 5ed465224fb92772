"""Home-loan rates of partner banks: every sheet that was ever in force, and each sync's story."""

from __future__ import annotations

from django.db import models


class RateSheet(models.Model):
    """All rates as of one moment. Sheets are never changed; the newest is in force."""

    as_of = models.DateTimeField(unique=True)
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=300)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return f"Rates as of {self.as_of:%Y-%m-%d %H:%M}"


class Rate(models.Model):
    """One bank's indicative yearly interest for one country and fixed period."""

    sheet = models.ForeignKey(RateSheet, models.CASCADE, related_name="rates")
    bank = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    fixed_years = models.PositiveSmallIntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        ordering = ["country", "fixed_years", "percent", "bank"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "bank", "country", "fixed_years"], name="one_rate_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.country} {self.fixed_years} years: {self.percent}%"


class RateSync(models.Model):
    """One attempt to bring the rates up to date."""

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        UPDATED = "updated", "New rates"
        UNCHANGED = "unchanged", "Nothing new"
        FAILED = "failed", "Failed"

    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    error = models.CharField(max_length=200, blank=True)
    sheet = models.ForeignKey(
        RateSheet, models.SET_NULL, null=True, blank=True, related_name="syncs"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({self.started_at:%Y-%m-%d %H:%M})"

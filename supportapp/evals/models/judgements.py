"""Opinion and PairVerdict: what people say of results, and which of two runs' answers is better."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from supportapp.evals.models.runs import Result


class Opinion(models.Model):
    """One person's judgement of a result, by the same question as a judge was asked.

    A judge is trusted as far as it agrees with these.
    """

    result = models.ForeignKey(Result, models.CASCADE, related_name="opinions")
    scorer = models.CharField(max_length=40)
    label = models.CharField(max_length=20)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "scorer", "author"], name="one_opinion_each")
        ]

    def __str__(self) -> str:
        return f"{self.scorer} {self.label} of {self.result_id}"


class PairVerdict(models.Model):
    """Which of two results of one example a model finds better, asked with the sides swapped."""

    class Verdict(models.TextChoices):
        FIRST = "first", "The first"
        SECOND = "second", "The second"
        TIE = "tie", "Neither"

    first = models.ForeignKey(Result, models.CASCADE, related_name="+")
    second = models.ForeignKey(Result, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_verdict_per_pair")
        ]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.first_id} and {self.second_id}"

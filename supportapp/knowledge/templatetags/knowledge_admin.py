"""What the admin's first page says about the help centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Model, Q
from django.db.models.options import Options
from django.utils import timezone
from django.utils.text import capfirst

from supportapp.knowledge.models import Article, PassageEmbedding

register = template.Library()
State = Article.State


@dataclass(frozen=True)
class Overview:
    """Figures with a place to go to from each."""

    published: int
    drafts: int
    archived: int
    overdue: int
    waiting: int
    failed: int


@register.simple_tag
def knowledge_overview() -> Overview:
    """Count articles and vectors, in two queries."""
    articles = Article.objects.aggregate(
        published=Count("pk", filter=Q(state=State.PUBLISHED)),
        drafts=Count("pk", filter=Q(draft__isnull=False) & ~Q(state=State.ARCHIVED)),
        archived=Count("pk", filter=Q(state=State.ARCHIVED)),
        overdue=Count("pk", filter=Q(review_by__lt=timezone.localdate(), state=State.PUBLISHED)),
    )
    unready = PassageEmbedding.objects.exclude(state=PassageEmbedding.State.READY).filter(
        passage__generation_removed__isnull=True
    )
    vectors = unready.aggregate(
        waiting=Count("pk", filter=Q(state=PassageEmbedding.State.PENDING)),
        failed=Count("pk", filter=Q(state=PassageEmbedding.State.FAILED)),
    )
    return Overview(**articles, **vectors)


FIRST = (
    "knowledge", "conversations", "review", "answering", "retrieval", "guardrails", "gateway",
    "evals", "outbox", "auth",
)  # fmt: skip
APPS = {
    "answering": "Prompts",
    "auth": "Staff",
    "axes": "Signing in",
    "outbox": "Background work",
    "retrieval": "Search",
}
# Where the tables' own names are not what staff would call the page.
TITLES = {
    "answering.answerexample": "Examples for prompts",
    "answering.promptversion": "Prompts",
    "answering.rollout": "Rollouts",
    "axes.accessattempt": "Locked out",
    "axes.accessfailurelog": "Failed sign-ins",
    "axes.accesslog": "Sign-ins",
    "conversations.handoff": "Requests for a person",
    "conversations.turn": "Questions and answers",
    "gateway.allowance": "Allowances",
    "gateway.callcount": "Days of calls",
    "gateway.modelcall": "Model calls",
    "guardrails.compliancerule": "Compliance rules",
    "guardrails.guardswitch": "Guards",
    "knowledge.importjob": "Imports",
    "outbox.outboxevent": "Background tasks",
    "retrieval.calibration": "When not to answer",
    "review.annotation": "Verdicts",
    "review.feedback": "Customers’ ratings",
    "review.reviewitem": "Answers in review",
    "review.signal": "What customers did",
}


@register.filter
def ours_first(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort the admin's list of apps (what staff use daily comes first) and use our own names."""
    places = {label: place for place, label in enumerate(FIRST)}
    named = [
        app
        | {
            "name": APPS.get(app["app_label"], app["name"]),
            "models": [
                model | {"name": _title(model["model"]._meta, model["name"])}
                for model in app["models"]
            ],
        }
        for app in apps
    ]
    return sorted(named, key=lambda app: places.get(app["app_label"], len(FIRST)))


@register.filter
def list_title(shown: ChangeList) -> str:
    """Name a list by what is in it."""
    return _title(shown.opts, capfirst(str(shown.opts.verbose_name_plural)))


def _title(meta: Options[Model], otherwise: str) -> str:
    return TITLES.get(meta.label_lower, otherwise)

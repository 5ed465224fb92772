"""What the pages of prompts show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404

from supportapp import row_numbers
from supportapp.answering import prompting, sections, versions
from supportapp.answering.models import (
    AnswerExample,
    Label,
    PromptLabel,
    PromptVersion,
    Purpose,
    Rollout,
    Setup,
)
from supportapp.knowledge import diffing
from supportapp.knowledge.diffing import Diff, FieldChange
from supportapp.knowledge.models import Workspace
from supportapp.knowledge.values import ArticleText

EARLIER = 30
KINDS = {Label.PRODUCTION: "ok", Label.CANDIDATE: "accent", Label.SHADOW: "warning"}


@dataclass(frozen=True, slots=True)
class Card:
    """One purpose: what counts, what is tried, and whether an upgrade brought something newer."""

    purpose: str
    name: str
    production: PromptVersion | None
    labels: tuple[PromptLabel, ...]
    versions: int
    newer: PromptVersion | None


def cards(workspace: Workspace) -> list[Card]:
    """Return the workspace's prompts, one card for each purpose."""
    stored = list(
        PromptVersion.objects.filter(workspace=workspace).defer("body").order_by("number")
    )
    labels = list(
        PromptLabel.objects.filter(workspace=workspace, ended_at=None).select_related("prompt")
    )
    return [
        _card(
            purpose,
            [each for each in stored if each.purpose == purpose],
            [each for each in labels if each.purpose == purpose],
        )
        for purpose in Purpose
    ]


def _card(purpose: Purpose, stored: list[PromptVersion], labels: list[PromptLabel]) -> Card:
    newest = prompting.shipped(purpose).identity.sha256
    shipped = next((each for each in stored if each.sha256 == newest), None)
    chosen = next((each.prompt for each in labels if each.label == Label.PRODUCTION), None)
    counts = chosen or shipped
    newer = shipped if chosen and shipped and shipped.number > chosen.number else None
    others = tuple(each for each in labels if each.label != Label.PRODUCTION)
    return Card(purpose.value, str(purpose.label), counts, others, len(stored), newer)


def overview(workspace: Workspace) -> dict[str, Any]:
    """Return what the first page shows."""
    return {
        "cards": cards(workspace),
        "rollouts": Rollout.objects.filter(workspace=workspace).select_related("prompt")[:5],
        "setup": Setup.objects.filter(pk=workspace.pk).first(),
        "examples": AnswerExample.objects.filter(workspace=workspace, is_used=True).count(),
    }


def history(workspace: Workspace, purpose: str) -> dict[str, Any]:
    """Return one purpose's versions with their labels and scores, and every move of a label."""
    stored = (
        PromptVersion.objects.filter(workspace=workspace, purpose=purpose)
        .select_related("author")
        .prefetch_related("scores")
    )
    current = {
        each.label: each
        for each in PromptLabel.objects.filter(
            workspace=workspace, purpose=purpose, ended_at=None
        ).select_related("prompt")
    }
    production = current.get(Label.PRODUCTION)
    counts = production.prompt_id if production else None
    newest = prompting.shipped(purpose).identity.sha256
    rows = [
        {
            "version": each,
            "labels": [
                (label.label, KINDS[Label(label.label)])
                for label in current.values()
                if label.prompt_id == each.pk
            ]
            or ([("production", "ok")] if counts is None and each.sha256 == newest else []),
            "scores": list(each.scores.all()),
        }
        for each in stored
    ]
    return {
        "rows": rows,
        "moves": versions.history(workspace, purpose)[:EARLIER],
        "current": production,
        "before": versions.previous(workspace, purpose) if production else None,
    }


def compared(one: PromptVersion, other: PromptVersion) -> Diff:
    """Return what differs between two versions: words, and how parts are marked."""
    found = diffing.diff(ArticleText("", one.body), ArticleText("", other.body))
    changes = [
        FieldChange(label, before, after)
        for label, before, after in (
            ("Parts are marked", one.get_style_display(), other.get_style_display()),
            (
                "But for",
                sections.written(one.model_styles),
                sections.written(other.model_styles),
            ),
        )
        if before != after
    ]
    return replace(found, fields=tuple(changes))


def workspace_or_404(given: str | int | None) -> Workspace:
    """Return a workspace; the first where none is named."""
    if given is None:
        return Workspace.default()
    number = given if isinstance(given, int) else row_numbers.parse(given)
    found = Workspace.objects.filter(pk=number).first() if number is not None else None
    if found is None:
        raise Http404
    return found


def version_or_404(given: str | int) -> PromptVersion:
    """Return a version with its workspace and author."""
    number = given if isinstance(given, int) else row_numbers.parse(given)
    rows = PromptVersion.objects.select_related("workspace", "author")
    found = rows.filter(pk=number).first() if number is not None else None
    if found is None:
        raise Http404
    return found


def purpose_or_404(given: str) -> Purpose:
    """Return a purpose."""
    if given not in Purpose.values:
        raise Http404
    return Purpose(given)

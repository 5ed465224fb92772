"""What holds for a workspace now: settings, switches and rules, read once in a few seconds.

A change in this process counts at once; other processes see it after KEPT_SECONDS.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.conf import settings

from supportapp.guardrails import catalogue
from supportapp.guardrails.models import ComplianceRule, GuardSwitch
from supportapp.guardrails.rules import Labels
from supportapp.guardrails.switches import Guards
from supportapp.knowledge.models import Article, Workspace

KEPT_SECONDS = 5.0
LANGUAGES_KEPT_SECONDS = 300.0
_guards: dict[int, tuple[float, tuple[object, ...], Guards]] = {}
_languages: dict[int, tuple[float, frozenset[str]]] = {}


def guards(workspace_id: int) -> Guards:
    """Return the workspace's guards."""
    found = known(workspace_id)
    if found is None:
        found = _read(workspace_id)
        _guards[workspace_id] = (time.monotonic() + KEPT_SECONDS, _settings(), found)
    return found


def known(workspace_id: int) -> Guards | None:
    """Return the workspace's guards without asking the database; None where it must be asked."""
    kept = _guards.get(workspace_id)
    if kept is None or kept[0] <= time.monotonic() or kept[1] != _settings():
        return None
    return kept[2]


def forget(workspace_id: int) -> None:
    """Read the workspace's guards again at the next question."""
    _guards.pop(workspace_id, None)


def labels(article_ids: Sequence[int]) -> tuple[Labels, ...]:
    """Return tags and subjects of articles, for rules that go by them."""
    found = Article.objects.filter(pk__in=article_ids).values_list("tags", "subject")
    return tuple(Labels(tuple(tags), subject) for tags, subject in found)


def _settings() -> tuple[object, ...]:
    return (tuple(settings.GUARDRAILS_OFF), settings.GUARDRAILS_UNSUPPORTED)


def _read(workspace_id: int) -> Guards:
    switched = dict(
        GuardSwitch.objects.filter(workspace=workspace_id).values_list("guard", "is_on")
    )
    off = catalogue.named(tuple(settings.GUARDRAILS_OFF))
    on = frozenset(
        name
        for name in catalogue.NAMES
        if switched.get(name, name not in catalogue.OPTIONAL) and name not in off
    )
    stored = ComplianceRule.objects.filter(workspace=workspace_id, is_active=True)
    emails = Workspace.objects.filter(pk=workspace_id).values_list("support_email", flat=True)
    return Guards(
        on=on | catalogue.FIXED,
        rules=tuple(rule.as_rule() for rule in stored),
        languages=_languages_of(workspace_id),
        own=frozenset(email.lower() for email in emails if email),
        marks=settings.GUARDRAILS_UNSUPPORTED == "mark",
    )


def _languages_of(workspace_id: int) -> frozenset[str]:
    now = time.monotonic()
    known = _languages.get(workspace_id)
    if known is not None and known[0] > now:
        return known[1]
    published = Article.objects.filter(workspace=workspace_id, state=Article.State.PUBLISHED)
    found = frozenset(published.order_by().values_list("language", flat=True).distinct())
    # While nothing is published yet, look again soon.
    _languages[workspace_id] = (now + (LANGUAGES_KEPT_SECONDS if found else 0.0), found)
    return found

"""Registers the room with Django, and keeps its views in step with the tables beneath them."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class InsightConfig(AppConfig):
    name = "supportapp.insight"
    label = "insight"

    def ready(self) -> None:
        # A view would keep a migration from changing the column that it reads.
        pre_migrate.connect(_drop, sender=self)
        post_migrate.connect(_make, sender=self)


def _drop(using: str, plan: list[Any], **given: Any) -> None:
    from supportapp.insight import database

    if plan:
        database.drop_views(using)


def _make(using: str, **given: Any) -> None:
    from supportapp.insight import database

    database.ensure_views(using)

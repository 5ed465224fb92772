"""Registers the room with Django; each migration brings the shipped prompts along."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AnsweringConfig(AppConfig):
    name = "supportapp.answering"
    label = "answering"

    def ready(self) -> None:
        from supportapp.answering import checks  # noqa: F401  (registers the system checks)

        post_migrate.connect(_sync, sender=self)


def _sync(**kwargs: Any) -> None:
    """After an upgrade, show each workspace the new defaults as versions beside its own."""
    from supportapp.answering import versions
    from supportapp.knowledge.models import Workspace

    if kwargs["using"] != "default" or not kwargs.get("plan"):
        return
    if any(migration.app_label == "answering" and back for migration, back in kwargs["plan"]):
        return
    for workspace in Workspace.objects.all():
        versions.sync(workspace)

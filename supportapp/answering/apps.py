"""Registers the room with Django."""

from django.apps import AppConfig


class AnsweringConfig(AppConfig):
    name = "supportapp.answering"
    label = "answering"

    def ready(self) -> None:
        from supportapp.answering import checks  # noqa: F401  (registers the system checks)

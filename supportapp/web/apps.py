"""Registers the room with Django, and its checks."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "supportapp.web"
    label = "web"

    def ready(self) -> None:
        from supportapp.web import checks  # noqa: F401  (importing registers them)

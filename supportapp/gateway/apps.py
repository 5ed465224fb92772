"""Registers the room with Django."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "supportapp.gateway"
    label = "gateway"
    verbose_name = "Models and costs"

    def ready(self) -> None:
        from supportapp.gateway import checks  # noqa: F401  # registers them

"""Registers the room with Django."""

from django.apps import AppConfig
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured


class GatewayConfig(AppConfig):
    name = "supportapp.gateway"
    label = "gateway"
    verbose_name = "Models and costs"

    def ready(self) -> None:
        from supportapp.gateway import checks

        # Web processes and workers skip the checks; a question must not be what finds this out.
        for fault in checks.the_models_can_be_read():
            if isinstance(fault, Error):
                raise ImproperlyConfigured(fault.msg)

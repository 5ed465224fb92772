"""The app's name and its checks."""

from __future__ import annotations

from django.apps import AppConfig


class GuardrailsConfig(AppConfig):
    name = "supportapp.guardrails"
    label = "guardrails"
    verbose_name = "Guardrails"

    def ready(self) -> None:
        """Register the system checks."""
        from supportapp.guardrails import checks  # noqa: F401  (registers the system checks)

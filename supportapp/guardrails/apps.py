"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class GuardrailsConfig(AppConfig):
    name = "supportapp.guardrails"
    label = "guardrails"
    verbose_name = "Guardrails"

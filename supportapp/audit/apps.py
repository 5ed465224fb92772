"""The audit's app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "supportapp.audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Listen to what Django and its log-in tell."""
        from supportapp.audit import sign_ins

        sign_ins.listen()

"""The privacy room's app."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "supportapp.privacy"

"""Registers the room with Django."""

from django.apps import AppConfig


class CachingConfig(AppConfig):
    name = "supportapp.caching"
    label = "caching"
    verbose_name = "Remembered answers"

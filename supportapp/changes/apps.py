"""Registers the room with Django."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "supportapp.changes"
    label = "changes"

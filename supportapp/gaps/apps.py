"""Registers the room with Django."""

from django.apps import AppConfig


class GapsConfig(AppConfig):
    name = "supportapp.gaps"
    label = "gaps"

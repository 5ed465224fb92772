"""Registers the room with Django."""

from django.apps import AppConfig


class EvalsConfig(AppConfig):
    name = "supportapp.evals"
    label = "evals"

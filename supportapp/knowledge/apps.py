"""Registers the room with Django."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "supportapp.knowledge"
    label = "knowledge"
    verbose_name = "Knowledge"

"""Registers the room with Django."""

from django.apps import AppConfig


class RetrievalConfig(AppConfig):
    name = "supportapp.retrieval"
    label = "retrieval"

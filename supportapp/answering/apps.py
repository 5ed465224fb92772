"""Registers the room with Django."""

from django.apps import AppConfig


class AnsweringConfig(AppConfig):
    name = "supportapp.answering"
    label = "answering"

"""Registers the room with Django."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "supportapp.conversations"
    label = "conversations"

"""Registers the room with Django."""

from importlib import import_module

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "supportapp.conversations"
    label = "conversations"

    def ready(self) -> None:
        # Registers the tool.
        import_module("supportapp.conversations.person_tool")

"""Registers the room with Django, and the tools that it ships with the registry."""

from importlib import import_module

from django.apps import AppConfig


class ToolsConfig(AppConfig):
    name = "supportapp.tools"
    label = "tools"

    def ready(self) -> None:
        import_module("supportapp.tools.shipped")

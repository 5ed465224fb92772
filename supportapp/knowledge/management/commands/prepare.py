"""`manage.py prepare`: the workspace, staff groups and embedding model that all else rests on."""

from typing import Any

from django.core.management.base import BaseCommand

from supportapp.knowledge import embeddings, staff
from supportapp.knowledge.models import Workspace


class Command(BaseCommand):
    help = "Make the default workspace, the staff groups and the vector index. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.default()
        self.stdout.write(f"Workspace: {workspace.slug}")
        for group in staff.ensure_groups():
            self.stdout.write(f"Group {group.name}: {group.permissions.count()} permissions")
        model = embeddings.ensure_current_model()
        filled = embeddings.fill(model)
        waiting = f", {filled:,} vectors to be made" if filled else ""
        self.stdout.write(f"Embedding model: {model.name} ({model.get_state_display()}){waiting}")

"""`manage.py prepare`: the workspace, staff groups and embedding model that all else rests on."""

from typing import Any

from django.core.management.base import BaseCommand

from supportapp.knowledge import embeddings, staff
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, Workspace


class Command(BaseCommand):
    help = "Make the default workspace, the staff groups and the vector index. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.default()
        self.stdout.write(f"Workspace: {workspace.slug}")
        for group in staff.ensure_groups():
            self.stdout.write(f"Group {group.name}: {group.permissions.count()} permissions")
        model = embeddings.ensure_current_model()
        wanted = Endpoint.from_settings().name
        if wanted != model.name and not EmbeddingModel.objects.filter(name=wanted).exists():
            self.stdout.write(
                f"The settings name {wanted}, which only an empty database begins with:"
                " `manage.py embeddings add` adds it beside the active model."
            )
        filled = embeddings.fill(model)
        waiting = f", {filled:,} vectors to be made" if filled else ""
        self.stdout.write(f"Embedding model: {model.name} ({model.get_state_display()}){waiting}")

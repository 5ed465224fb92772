"""What the assistant may say about itself, from its workspace."""

from __future__ import annotations

from supportapp.answering.values import AssistantProfile
from supportapp.knowledge.models import Workspace


def profile(workspace: Workspace) -> AssistantProfile:
    """Return the workspace's profile."""
    return AssistantProfile(
        name=workspace.assistant_name,
        company=workspace.company or workspace.name,
        about=workspace.about,
        support_email=workspace.support_email,
        support_hours=workspace.support_hours,
    )

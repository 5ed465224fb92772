"""Write synonyms so that the next question in every process is searched with them.

Each change takes the workspace's next generation, as a publication does: an index that is behind
it reads the synonyms anew before it answers, and answers kept from before are no longer fresh.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from supportapp.knowledge import passages
from supportapp.knowledge.models import SynonymGroup


def keep(group: SynonymGroup) -> None:
    """Store a new or changed group."""
    with transaction.atomic():
        homes = {group.workspace_id}
        homes.update(
            SynonymGroup.objects.filter(pk=group.pk).values_list("workspace_id", flat=True)
        )
        group.save()
        _tell(homes)


def remove(groups: Iterable[SynonymGroup]) -> int:
    """Delete the groups; returns how many there were."""
    with transaction.atomic():
        found = _held(groups)
        found_ids = [group.pk for group in found]
        SynonymGroup.objects.filter(pk__in=found_ids).delete()
        _tell({group.workspace_id for group in found})
    return len(found)


def switch(groups: Iterable[SynonymGroup], *, is_active: bool) -> int:
    """Let searches use the groups, or not; returns how many changed."""
    with transaction.atomic():
        changed = [group for group in _held(groups) if group.is_active != is_active]
        SynonymGroup.objects.filter(pk__in=[group.pk for group in changed]).update(
            is_active=is_active
        )
        _tell({group.workspace_id for group in changed})
    return len(changed)


def active(workspace_id: int) -> list[SynonymGroup]:
    """Return the groups that searches of a workspace use."""
    return list(SynonymGroup.objects.filter(workspace=workspace_id, is_active=True).order_by("pk"))


def _held(groups: Iterable[SynonymGroup]) -> list[SynonymGroup]:
    wanted = [group.pk for group in groups]
    return list(SynonymGroup.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))


def _tell(workspaces: Iterable[int]) -> None:
    for workspace in sorted(workspaces):
        passages.next_generation(workspace)

"""Which calibration counts for a workspace: read by every search, switched by staff."""

from __future__ import annotations

import json

from django.db import connection, transaction

from supportapp.knowledge.models import Workspace
from supportapp.retrieval import confidence
from supportapp.retrieval.confidence import Model, Trust
from supportapp.retrieval.models import Calibration
from supportapp.row_versions import Kept, Rows

_ACTIVE = f"""
SELECT weights::text, constant, words::text, threshold
FROM {Calibration._meta.db_table} WHERE workspace_id = %s AND is_active
"""  # noqa: S608  (names of our tables)


def trust(workspace_id: int) -> Trust:
    """Return how the workspace's searches are judged now."""
    return _TRUST.of(workspace_id, workspace=workspace_id)


def _trust(workspace_id: int) -> Trust:
    # Every search reads this, and mostly finds nothing; the ORM takes ten times as long for it.
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE, [workspace_id])
        found = cursor.fetchone()
    if found is None:
        return Trust(confidence.model())
    weights, words = json.loads(found[0]), json.loads(found[2])
    if not is_current(weights):
        return Trust(confidence.model())
    return Trust(Model(weights, found[1], words), found[3])


_TRUST = Kept(_trust, Rows.of(Calibration, by_workspace=True))


def is_current(weights: dict[str, float]) -> bool:
    """Return whether these weights are for the clues that searches give today."""
    return set(weights) <= set(confidence.NAMES)


def active(workspace: Workspace) -> Calibration | None:
    """Return the calibration that counts; None where the shipped numbers do."""
    return Calibration.objects.filter(workspace=workspace, is_active=True).first()


def adopt(calibration: Calibration) -> Calibration:
    """Store a new calibration and let it count from the next question on."""
    with transaction.atomic():
        _retire(calibration.workspace_id)
        calibration.is_active = True
        calibration.save()
    return calibration


def switch(workspace: Workspace, calibration: Calibration | None) -> None:
    """Let a stored calibration count again, or the shipped numbers where none is given."""
    with transaction.atomic():
        _retire(workspace.pk)
        if calibration is not None:
            Calibration.objects.filter(pk=calibration.pk, workspace=workspace).update(
                is_active=True
            )


def _retire(workspace_id: int) -> None:
    """Let none count. The workspace's lock puts those who switch at once in a row."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace_id)
    Calibration.objects.filter(workspace=workspace_id, is_active=True).update(is_active=False)

"""The centre of each workspace's vectors, which searches move questions away from.

All passages of a help centre have something in common, its company and its trade, and so do their
vectors. That says nothing about which of them answers a question. The centre is their mean, worked
out again when a tenth of the passages came or went since: between two such times it hardly moves.
"""

from __future__ import annotations

from django.db import connection

from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding, VectorCentre

SHARE_CHANGED = 0.1

_RENEW = """
    INSERT INTO knowledge_vectorcentre (workspace_id, model_id, vector, passages)
    SELECT p.workspace_id, e.model_id, avg(e.vector), count(*)
    FROM knowledge_passageembedding e JOIN knowledge_passage p ON p.id = e.passage_id
    WHERE p.workspace_id = %s AND e.model_id = %s AND e.state = 'ready'
      AND p.generation_removed IS NULL
    GROUP BY p.workspace_id, e.model_id
    ON CONFLICT (workspace_id, model_id)
    DO UPDATE SET vector = excluded.vector, passages = excluded.passages
"""


def renew(workspace_id: int) -> int:
    """Work out the workspace's centres that are due. Returns how many were."""
    known = dict(
        VectorCentre.objects.filter(workspace=workspace_id).values_list("model", "passages")
    )
    due = [
        model
        for model in EmbeddingModel.objects.values_list("pk", flat=True)
        if _is_due(known.get(model, 0), _count(workspace_id, model))
    ]
    with connection.cursor() as cursor:
        for model in due:
            cursor.execute(_RENEW, [workspace_id, model])
    return len(due)


def _is_due(before: int, now: int) -> bool:
    return abs(now - before) > SHARE_CHANGED * before


def _count(workspace_id: int, model_id: int) -> int:
    return PassageEmbedding.objects.filter(
        model=model_id,
        state=PassageEmbedding.State.READY,
        passage__workspace=workspace_id,
        passage__generation_removed__isnull=True,
    ).count()

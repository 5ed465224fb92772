"""Find passages that say the same or the opposite, as they are published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import numpy as np
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from supportapp.gaps import alike_texts
from supportapp.gaps.models import PassagePair, Scan
from supportapp.gaps.scanning import at_it
from supportapp.knowledge.embeddings import ensure_current_model
from supportapp.knowledge.models import EmbeddingModel, Passage, PassageEmbedding, Workspace
from supportapp.knowledge.vector_indexes import column_type

NEIGHBOURS = 6
# Below it, texts are about other things.
LEAST_SIMILAR = 0.8
_EMBEDDINGS, _PASSAGES = PassageEmbedding._meta.db_table, Passage._meta.db_table
_NEAREST = f"""
SELECT e.passage_id, 1 - (e.vector::{{kind}} <=> %(vector)s::{{kind}}) AS similarity
FROM {_EMBEDDINGS} e JOIN {_PASSAGES} p ON p.id = e.passage_id
WHERE e.model_id = {{model}} AND e.state = 'ready' AND p.workspace_id = %(workspace)s
  AND p.generation_removed IS NULL AND p.id <> %(passage)s AND p.language = %(language)s
ORDER BY e.vector::{{kind}} <=> %(vector)s::{{kind}} LIMIT {NEIGHBOURS}
"""  # noqa: S608  (names of our tables)
State = PassagePair.State


def look_all(now: datetime) -> int:
    """Look at what was published in every workspace; returns how many pairs were found."""
    return sum(look(workspace, now) for workspace in Workspace.objects.order_by("pk"))


def look(workspace: Workspace, now: datetime, most: int = 2000) -> int:
    """Compare passages published since with their nearest; those that wait for vectors wait."""
    with at_it(workspace, Scan.Kind.PASSAGES, now) as scan:
        if scan is None:
            return 0
        let_go(workspace)
        model = ensure_current_model()
        fresh = (
            Passage.objects.filter(
                workspace=workspace,
                generation_removed=None,
                generation_added__gt=scan.generation,
                embeddings__model=model,
                embeddings__state=PassageEmbedding.State.READY,
            )
            .order_by("generation_added", "pk")
            .select_related("article")
        )[:most]
        found = sum(_look_at(passage, model) for passage in fresh)
        _go_on(scan, workspace, list(fresh), most)
        scan.finished_at = now
    return found


def dismiss(pair: PassagePair, by: User) -> None:
    """Say that both may stand as they are; so it stays until one of them changes."""
    PassagePair.objects.filter(pk=pair.pk, state=State.OPEN).update(
        state=State.DISMISSED, dismissed_by=by, dismissed_at=timezone.now()
    )


def reopen(pair: PassagePair) -> None:
    """Take a dismissal back."""
    PassagePair.objects.filter(pk=pair.pk, state=State.DISMISSED).update(
        state=State.OPEN, dismissed_by=None, dismissed_at=None
    )


def let_go(workspace: Workspace) -> int:
    """Close pairs of which a passage is no longer live."""
    removed = Q(first__generation_removed__isnull=False) | Q(
        second__generation_removed__isnull=False
    )
    pairs = PassagePair.objects.filter(removed, workspace=workspace, state=State.OPEN)
    return pairs.update(state=State.GONE)


def _look_at(passage: Passage, model: EmbeddingModel) -> int:
    found = 0
    for other, similarity in _nearest(passage, model):
        if similarity < LEAST_SIMILAR or other.audience != passage.audience:
            continue
        compared = alike_texts.compare(passage.words, other.words)
        if compared.differences:
            kind = PassagePair.Kind.CONTRADICTION
        elif alike_texts.is_duplicate(similarity, compared):
            kind = PassagePair.Kind.DUPLICATE
        else:
            continue
        found += _keep(passage, other, kind, similarity, compared)
    return found


def _keep(
    one: Passage,
    other: Passage,
    kind: PassagePair.Kind,
    similarity: float,
    compared: alike_texts.Compared,
) -> int:
    first, second = sorted((one, other), key=lambda each: each.pk)
    turned = first.pk != one.pk
    differences = [each.as_json() for each in compared.differences]
    if turned:
        differences = [
            {"kind": each["kind"], "first": each["second"], "second": each["first"]}
            for each in differences
        ]
    pair, is_new = PassagePair.objects.get_or_create(
        workspace_id=one.workspace_id,
        key=_key(first.words, second.words),
        defaults={
            "kind": kind,
            "first": first,
            "second": second,
            "similarity": round(similarity, 4),
            "overlap": round(compared.overlap, 4),
            "differences": differences,
        },
    )
    if not is_new and {pair.first_id, pair.second_id} != {first.pk, second.pk}:
        # The same texts, published again: a dismissal holds, what was gone is back.
        PassagePair.objects.filter(pk=pair.pk).update(first=first, second=second)
        gone = PassagePair.objects.filter(pk=pair.pk, state=State.GONE)
        return gone.update(state=State.OPEN)
    return int(is_new)


def _nearest(passage: Passage, model: EmbeddingModel) -> Iterable[tuple[Passage, float]]:
    own = np.asarray(passage.embeddings.get(model=model).vector, dtype=np.float32)
    statement = _NEAREST.format(kind=column_type(model.dimension), model=model.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "vector": "[" + ",".join(map("%.6g".__mod__, own.tolist())) + "]",
                "workspace": passage.workspace_id,
                "passage": passage.pk,
                "language": passage.language,
            },
        )
        near = dict(cursor.fetchall())
    known = Passage.objects.select_related("article").in_bulk(list(near))
    return [(known[key], float(similarity)) for key, similarity in near.items() if key in known]


def _go_on(scan: Scan, workspace: Workspace, looked_at: list[Passage], most: int) -> None:
    """Note up to which generation all is compared; what has no vector yet holds it back."""
    waiting = (
        Passage.objects.filter(
            workspace=workspace, generation_removed=None, generation_added__gt=scan.generation
        )
        .exclude(embeddings__state=PassageEmbedding.State.READY)
        .order_by("generation_added")
        .values_list("generation_added", flat=True)
        .first()
    )
    workspace.refresh_from_db(fields=["generation"])
    reached = workspace.generation
    if len(looked_at) == most:
        last = looked_at[-1].generation_added
        # The last may be half done; of one that is larger than a pass, the rest is passed over.
        reached = last - 1 if last - 1 > scan.generation else last
    if waiting is not None:
        reached = min(reached, waiting - 1)
    scan.generation = max(scan.generation, reached)


def _key(one: str, other: str) -> str:
    parts = sorted(hashlib.sha256(text.encode()).hexdigest() for text in (one, other))
    return hashlib.sha256("".join(parts).encode()).hexdigest()

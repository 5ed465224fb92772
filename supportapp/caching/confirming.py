"""After a publication: which remembered answers still hold.

A publication raises the workspace's generation, and with it hides every remembered answer. Here
each is looked at again: it goes where a passage that it rests on is gone, and where the search now
brings a passage that is newer than the answer; otherwise it is confirmed at the new generation.
Vectors come first: a new passage that has none yet could be missed.
"""

from __future__ import annotations

import logging

from django.db.models import F

from supportapp.caching import keeping, reading
from supportapp.caching.models import RememberedAnswer
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Passage, PassageEmbedding, Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval.search import search
from supportapp.retrieval.values import VECTORS, Limits, Scope, SearchQuery

logger = logging.getLogger(__name__)
State, Reason = RememberedAnswer.State, RememberedAnswer.Reason
BATCH = 500


def confirm_all(limits: Limits | None = None) -> int:
    """Confirm or retire what publications hid, in every workspace. Returns how many."""
    behind = (
        RememberedAnswer.objects.filter(state=State.LIVE, generation__lt=F("workspace__generation"))
        .order_by()
        .values_list("workspace", flat=True)
        .distinct()
    )
    return sum(confirm(workspace_id, limits or Limits()) for workspace_id in list(behind))


def reread() -> int:
    """Read the questions of approved answers anew that another embedding model read.

    Returns how many; those that are left wait for the next time.
    """
    current = reading.current_model()
    if current is None:
        return 0
    rows = RememberedAnswer.objects.filter(approved_at__isnull=False).exclude(state=State.RETIRED)
    done = 0
    for kept in rows.exclude(embedding_model=current)[:BATCH]:
        read = reading.read(kept.question, kept.workspace_id, kept.language)
        if read is None:
            break
        # Who edited the question meanwhile has had it read by the new model.
        RememberedAnswer.objects.filter(pk=kept.pk, question=kept.question).update(
            vector=read.vector, embedding_model=read.model_id
        )
        done += 1
    return done


def confirm(workspace_id: int, limits: Limits) -> int:
    """Look at what one workspace's publications hid; nothing while vectors are being made."""
    generation = Workspace.objects.values_list("generation", flat=True).get(pk=workspace_id)
    rows = RememberedAnswer.objects.filter(
        workspace=workspace_id, state=State.LIVE, generation__lt=generation
    )
    changed = [kept.pk for kept in rows[:BATCH] if not _rests(kept)]
    keeping.retire(RememberedAnswer.objects.filter(pk__in=changed), Reason.PASSAGE_CHANGED)
    looked = len(changed)
    if _is_embedding(workspace_id):
        return looked
    for kept in list(rows.order_by("-served", "-pk")[:BATCH]):
        reason = _verdict(kept, limits)
        if reason is None:
            break
        if reason:
            keeping.retire(RememberedAnswer.objects.filter(pk=kept.pk), reason)
        looked += 1
    if looked:
        logger.info("memory.confirmed", extra={"fields": {"answers": looked}})
    return looked


def _rests(kept: RememberedAnswer) -> bool:
    """Say whether every passage is live, as it was and readable."""
    live = kept.passages.filter(
        passage__generation_removed=None,
        passage__generation_added=F("generation"),
        passage__audience__in=kept.audiences,
    )
    return live.count() == kept.passage_count


def _is_embedding(workspace_id: int) -> bool:
    waiting = PassageEmbedding.objects.exclude(state=PassageEmbedding.State.READY).filter(
        passage__workspace=workspace_id,
        passage__generation_removed=None,
        model__state="active",
    )
    return waiting.exists()


def _verdict(kept: RememberedAnswer, limits: Limits) -> str | None:
    """Return "" where it is confirmed now, why it goes otherwise, None where nobody can say."""
    scope = Scope(kept.workspace_id, frozenset(kept.audiences))
    try:
        found = search(
            SearchQuery(kept.question), scope, limits=limits, embedder=current_embedder()
        )
    except EmbeddingUnavailable:
        return None
    if VECTORS in found.degraded:
        return None
    passages = [each.passage_id for each in found.evidence]
    if Passage.objects.filter(pk__in=passages, generation_added__gt=kept.generation).exists():
        return Reason.NEW_PASSAGE
    cited = set(kept.passages.filter(number__isnull=False).values_list("passage_id", flat=True))
    if cited.isdisjoint(passages):
        return Reason.NOT_FOUND
    RememberedAnswer.objects.filter(pk=kept.pk, state=State.LIVE).update(
        generation=found.generation
    )
    return ""
